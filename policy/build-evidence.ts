import type { BuildChain, Evidence } from "../schema/model/artifact.ts";

/**
 * What can be said of who vouches for a package that was built from sources: nobody signs it, so it is worth no more than its checksum;
 * and less where nothing says which bytes a source must have. Pure.
 */
export function buildEvidence({ built, base, commit, sources }: BuildChain): Evidence {
  const facts = { recipe: base, commit };
  const loose = sources.filter(({ heldBy }) => heldBy === "nothing").map(({ name }) => name);
  if (loose.length > 0) {
    const detail = `Its recipe names no checksum that counts for ${loose.join(", ")}: nobody can say what it is built from.`;
    return { check: "signature", verdict: "unknown", code: "source-unpinned", detail, facts };
  }
  if (built === "elsewhere") {
    const detail = `Built by somebody else, as they say from ${base} at commit ${commit}; nobody signed it.`;
    return { check: "signature", verdict: "absent", code: "built-elsewhere", detail, facts };
  }
  const signed = sources.flatMap(({ name, signedBy }) => (signedBy === undefined ? [] : [`${name} by ${signedBy}`]));
  const signers = signed.length === 0 ? "" : ` Signed among its sources: ${signed.join(", ")}.`;
  const detail = `Built here from ${base} at commit ${commit}; nobody signs what is built.${signers}`;
  return { check: "signature", verdict: "absent", code: "built-here", detail, facts };
}
