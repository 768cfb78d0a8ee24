import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parseCommit } from "../../../host/git-commit.ts";
import { judgeCommit } from "../../../policy/signers/judge.ts";
import { readSigners } from "../../../policy/signers/read.ts";
import { createGitLab, GIT_NEEDS, type GitLab, gpgSigner } from "../../support/git-lab.ts";
import { GpgHome } from "../../support/gpg-home.ts";
import { needs } from "../../support/needs.ts";

const HERE = needs(...GIT_NEEDS, "gpg", "gpg-agent");
const NOW = new Date();
const DAY = 86_400_000;

let lab: GitLab;
let gpg: GpgHome;
let signers: string;
beforeAll(async () => {
  if (!HERE) return;
  lab = await createGitLab();
  gpg = new GpgHome();
  signers = join(lab.folder, "signers");
});
afterAll(async () => {
  gpg?.dispose();
  await lab?.close();
});
beforeEach(() => {
  if (!HERE) return;
  rmSync(signers, { recursive: true, force: true });
  mkdirSync(signers);
});

const allow = (text: string) => writeFileSync(join(signers, "allowed_signers"), text);

/** The object as git has it, one character a byte. */
function objectOf(commit: string): string {
  return execFileSync("git", ["cat-file", "commit", commit], { cwd: lab.work, encoding: "latin1" });
}

async function judged(object: string, now = new Date()) {
  const commit = parseCommit(object);
  if (commit === undefined) throw new Error(`no commit: ${object}`);
  return judgeCommit(commit, await readSigners(signers), now);
}

describe.runIf(HERE)("SSH signatures", () => {
  it.each([
    ["ed25519", ["-t", "ed25519"]],
    ["rsa", ["-t", "rsa", "-b", "3072"]],
    ["nistp256", ["-t", "ecdsa", "-b", "256"]],
    ["nistp384", ["-t", "ecdsa", "-b", "384"]],
    ["nistp521", ["-t", "ecdsa", "-b", "521"]],
  ])("by ssh-keygen's %s keys are good, and only over what was signed", async (name, type) => {
    const key = lab.sshKey(name, type);
    allow(key.line);
    for (let round = 0; round < 3; round++) {
      const object = objectOf(lab.commit({ file: `${name} ${round} ä\n` }, key.signer));
      expect(await judged(object)).toMatchObject({ good: true, by: expect.stringContaining(`${name}@omg.test`) });
      const changed = object.replace("change", "chance");
      expect(changed).not.toBe(object);
      expect(await judged(changed)).toMatchObject({ good: false, code: "signature-bad" });
    }
  });

  it("count by keys that are listed, for git, and within their time", async () => {
    const [alice, mallory] = [lab.sshKey("alice"), lab.sshKey("mallory")];
    const object = objectOf(lab.commit({ file: "1" }, alice.signer));
    const [principal = "", key = ""] = alice.line.trim().split(/ (.*)/);
    const listed = async (text: string, now?: Date) => {
      allow(text);
      const verdict = await judged(object, now);
      return verdict.good ? "good" : verdict.code;
    };
    expect(await listed(mallory.line)).toBe("key-unknown");
    expect(await listed(`${principal} namespaces="file" ${key}\n`)).toBe("key-unknown");
    expect(await listed(`# a comment\n\n${principal} namespaces="file,git" ${key}\n`)).toBe("good");
    expect(await listed(`${principal} valid-before="20200101" ${key}\n`)).toBe("key-expired");
    expect(await listed(`${principal} valid-after="29990101" ${key}\n`)).toBe("key-expired");
    const limited = `${principal} namespaces="git",valid-after="20200101Z",valid-before="20990101120000Z" ${key}\n`;
    expect(await listed(limited)).toBe("good");
    expect(await listed(limited, new Date("2099-01-02"))).toBe("key-expired");
  });

  it.each(["cert-authority", 'namespaces="git",verify-required', 'valid-before="soon"'])(
    "an allowed signers file with %s is not read in part",
    async (option) => {
      const { line } = lab.sshKey(`option${option.length}`);
      allow(line.replace(" ", ` ${option} `));
      await expect(readSigners(signers)).rejects.toMatchObject({ code: "signers-invalid" });
    },
  );

  it("that were made for something else do not count for git", async () => {
    const key = lab.sshKey("other");
    allow(key.line);
    const object = objectOf(lab.commit({ file: "2" }, key.signer));
    const commit = parseCommit(object);
    const file = join(lab.folder, "payload");
    writeFileSync(file, commit?.signed ?? "", "latin1");
    const made = execFileSync("ssh-keygen", [
      "-q",
      "-Y",
      "sign",
      "-n",
      "file",
      "-f",
      join(lab.folder, "key-other"),
      file,
    ]);
    expect(made).toBeDefined();
    const signature = execFileSync("cat", [`${file}.sig`], { encoding: "latin1" });
    const forged = { ...commit, signature } as NonNullable<typeof commit>;
    expect(await judgeCommit(forged, await readSigners(signers), new Date())).toMatchObject({
      good: false,
      code: "signature-bad",
      detail: expect.stringContaining("something else than git"),
    });
  });
});

describe.runIf(HERE)("OpenPGP signatures", () => {
  it("by keys in the folder are good; unknown, expired and changed ones are not", async () => {
    const past = new Date(NOW.getTime() - 100 * DAY);
    const [good, expired, unknown] = [
      gpg.makeKey("good", { at: past }),
      gpg.makeKey("expired", { at: past, expire: "101d" }),
      gpg.makeKey("unknown", { at: past }),
    ];
    gpg.exportTo(join(signers, "team.asc"), [good, expired], "armour");
    const by = (key: string) => objectOf(lab.commit({ file: key }, gpgSigner(gpg.folder, key)));
    const object = by(good);
    expect(await judged(object)).toMatchObject({ good: true, by: expect.stringContaining("good@omg.test") });
    expect(await judged(object.replace("change", "chance"))).toMatchObject({ code: "signature-bad" });
    expect(await judged(by(unknown))).toMatchObject({ code: "key-unknown" });
    const late = by(expired);
    expect(await judged(late)).toMatchObject({ good: true });
    // The key has ended since; that the commit is dated before it did is only its own word.
    expect(await judged(late, new Date(NOW.getTime() + 10 * DAY))).toMatchObject({ code: "key-expired" });
  });
});

describe.runIf(HERE)("commits", () => {
  it("without a signature, and folders without a key", async () => {
    await expect(readSigners(signers)).rejects.toMatchObject({ code: "signers-invalid" });
    allow(lab.sshKey("somebody").line);
    expect(await judged(objectOf(lab.commit({ file: "3" })))).toMatchObject({ code: "commit-unsigned" });
  });

  it("that readers could take for two things are none", () => {
    const object = objectOf(lab.commit({ file: "4" }, lab.sshKey("twice").signer));
    const signature = /gpgsig .*\n(?: .*\n)*/.exec(object)?.[0] ?? "";
    expect(parseCommit(object)?.signature).toContain("BEGIN SSH SIGNATURE");
    for (const odd of [
      object.replace(signature, signature + signature),
      object.replace(signature, signature + signature.replace("gpgsig", "gpgsig-sha256")),
      object.replace("tree ", "parent "),
      object.replace(/^tree (\w+)\n/, "tree $1\ntree $1\n"),
      object.replace("author ", "author x\nauthor "),
      object.replace("committer ", "committer\0 "),
    ])
      expect(parseCommit(odd)).toBeUndefined();
  });
});
