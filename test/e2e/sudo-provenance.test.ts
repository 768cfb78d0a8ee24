import { readFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { askRoot } from "../support/ask-root.ts";
import { debianBase } from "../support/debian-base.ts";
import { needs } from "../support/needs.ts";
import { BUILDER, createSigstoreLab, type SigstoreLab } from "../support/sigstore-lab.ts";
import { createSudoLab, type SudoLab } from "../support/sudo-lab.ts";

const base = needs("mmdebstrap", "util-linux", "apt", "gpg", "root") ? await debianBase() : undefined;

const POLICY = `version = 1
[provenance.packages.omg-tool]
required = true
level = 3
repositories = ["https://github.com/acme/tools"]
builders = ["https://github.com/acme/builders/.github/workflows/deb.yml@refs/tags/v1.*"]
`;

// Provenance for people who are not root: their side fetches, root believes nothing but its own verification.
describe.runIf(base !== undefined)("provenance across the root boundary", () => {
  let lab: SudoLab;
  let sigstore: SigstoreLab;
  beforeAll(async () => {
    if (base === undefined) return;
    lab = await createSudoLab(base, { withoutDebian: true, packages: [{ name: "omg-tool", version: "1.0" }] });
    sigstore = await createSigstoreLab();
    await lab.debian.sh("omg setup --yes");
    lab.debian.write("/etc/omg/policy.toml", POLICY);
    lab.debian.write("/etc/omg/trust/trusted_root.json", sigstore.trustedRoot);
    await lab.lock("alice", { "omg-tool": "*" });
  });
  afterAll(() => lab?.dispose());

  const BESIDE = "/srv/omg/pool/stable/omg-tool_1.0_all.deb.sigstore.json";
  const publish = async (by: SigstoreLab, repository?: string) =>
    lab.debian.write(BESIDE, await attested(by, repository));
  const attested = async (by: SigstoreLab, repository = "acme/tools") =>
    JSON.stringify(
      await by.attest(
        { name: "omg-tool_1.0_all.deb", bytes: readFileSync(lab.debian.repo.file("omg-tool", "1.0")) },
        { signer: BUILDER, repository },
      ),
    );
  const ALICES_TRUST = "/home/alice/.config/omg/trust/trusted_root.json";
  beforeEach(async () => {
    await lab.debian.sh(`rm -rf ${BESIDE} /home/alice/.local/share/omg/store ${ALICES_TRUST}`);
  });

  const refused = async (...says: readonly (string | RegExp)[]) => {
    const before = lab.debian.snapshot();
    const objects = await lab.debian.sh("grep -rl dsseEnvelope /var/lib/omg/store || true");
    const { stderr } = await lab.expect(4, "alice", "apply", "--yes");
    for (const piece of says) expect(stderr.replace(/\s+/g, " ")).toMatch(piece);
    expect(lab.debian.snapshot()).toBe(before);
    const after = await lab.debian.sh("grep -rl dsseEnvelope /var/lib/omg/store || true");
    expect(after, "a bundle of a refused request stays out of root's store").toBe(objects);
  };

  it("of another repository is refused", async () => {
    await publish(sigstore, "evil/tools");
    await refused("built from https://github.com/evil/tools", "/etc/omg/policy.toml");
  });

  it("that only the user's own trust root vouches for is refused by root", async () => {
    const alices = await createSigstoreLab();
    await publish(alices);
    await lab.debian.sh(`mkdir -p $(dirname ${ALICES_TRUST}); cat > ${ALICES_TRUST}`, {
      user: "alice",
      input: alices.trustedRoot,
    });
    const { stdout } = await lab.omg("alice", ["audit", "slsa", "omg-tool", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ grade: "locked" });
    await refused("No authority of the trust root vouches");
  });

  it("that the user's side keeps back is refused by root", async () => {
    await publish(sigstore);
    const { bundles, ...request } = JSON.parse(await lab.requestOf("alice")) as { bundles?: unknown };
    expect(Object.values(bundles ?? {})).toHaveLength(1);
    const before = lab.debian.snapshot();
    const deb = readFileSync(lab.debian.repo.file("omg-tool", "1.0"));
    const replies = await askRoot(lab, `${JSON.stringify(request)}\n`, () => deb);
    expect(replies.at(-1)).toMatchObject({
      type: "error",
      code: "refused",
      details: [expect.stringContaining("Nobody offers provenance")],
    });
    expect(lab.debian.snapshot()).toBe(before);
  });

  it("that the user's side swaps on the way is refused by its hash", async () => {
    await publish(sigstore);
    const request = await lab.requestOf("alice");
    const [bundle] = Object.values((JSON.parse(request) as { bundles: Record<string, string[]> }).bundles).flat();
    const before = lab.debian.snapshot();
    const deb = readFileSync(lab.debian.repo.file("omg-tool", "1.0"));
    const other = Buffer.from(await attested(sigstore, "evil/tools"));
    const replies = await askRoot(lab, `${request.trimEnd()}\n`, (sha256) => (sha256 === bundle ? other : deb));
    expect(replies.at(-1)).toMatchObject({ type: "error", code: "artifact-mismatch" });
    expect(lab.debian.snapshot()).toBe(before);
  });

  it("that holds installs, graded locked; root keeps bundle and evidence as its own", async () => {
    await publish(sigstore);
    const ran = await lab.expect(0, "alice", "apply", "--yes", "--json");
    const { verdict } = JSON.parse(ran.stdout) as { verdict: { judgements: { grade: string }[] } };
    expect(verdict.judgements.map(({ grade }) => grade)).toEqual(["locked"]);
    expect((await lab.debian.installed()).get("omg-tool")?.status).toBe("ii");
    const record = JSON.parse(lab.debian.read("/var/lib/omg/artifacts.json")) as Record<
      string,
      { evidence: { check: string; verdict: string; facts: Record<string, string> }[] }
    >;
    const piece = record["apt.omg-tool=1.0"]?.evidence.find(({ check }) => check === "provenance");
    expect(piece).toMatchObject({
      verdict: "pass",
      facts: { level: "3", repository: "https://github.com/acme/tools" },
    });
    const bundle = piece?.facts.bundle ?? "";
    const object = `/var/lib/omg/store/sha256/${bundle.slice(0, 2)}/${bundle.slice(2)}`;
    expect(await lab.debian.sh(`stat -c %U ${object}; sha256sum < ${object}`)).toBe(`root\n${bundle}  -\n`);
    const log = lab.debian.read("/var/lib/omg/audit/audit.jsonl");
    const book = /"book":"([0-9a-f]{64})"/.exec(log)?.[1];
    expect(await lab.debian.sh(`zcat /var/lib/omg/evidence/${book}.json.gz`)).toContain(bundle);

    // Removed by others and repaired later: proved by root's own bundle, without the publisher.
    await lab.debian.sh(`rm ${BESIDE}; dpkg --purge omg-tool`);
    await lab.expect(0, "alice", "apply", "--yes");
    expect((await lab.debian.installed()).get("omg-tool")?.status).toBe("ii");
  });
});
