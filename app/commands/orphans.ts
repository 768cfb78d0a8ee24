import { OmgError } from "../../schema/error.ts";
import type { OrphansResult } from "../answers.ts";
import type { Context, Selection } from "../context.ts";
import { answering } from "../questions.ts";

/** What came along as a dependency and nothing needs any more, as the package manager itself has it. */
export async function orphans(ctx: Context, selection: Pick<Selection, "only" | "skip">): Promise<OrphansResult> {
  const packages: OrphansResult["packages"][number][] = [];
  for (const provider of await answering(ctx, selection, "inventory")) {
    const { items, orphans: names } = await provider.inventory({ items: "orphans", orphans: true });
    if (names === undefined) throw unknown(provider.name);
    for (const name of names) {
      const item = items.get(name);
      if (item === undefined) continue;
      const { version, size, summary } = item;
      packages.push({ name, version, ...(size !== undefined && { size }), summary });
    }
  }
  const bytes = packages.reduce((sum, { size }) => sum + (size ?? 0), 0);
  return { packages, count: packages.length, bytes };
}

function unknown(provider: string): OmgError {
  return new OmgError({
    code: "orphans-unknown",
    exit: "error",
    message: `${provider} does not say what is needed by nothing any more: it finds something wrong with what is installed.`,
    state: "Nothing was concluded or changed.",
    hint: "Look at what `apt-get check` says, and mend that first.",
  });
}
