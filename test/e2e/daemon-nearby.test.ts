import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Mirror, openMirror } from "../../host/git-mirror.ts";
import { packSince } from "../../host/git-pack.ts";
import { ensureHostKey } from "../../team/host-key.ts";
import type { PresentPeer } from "../../team/peers/present.ts";
import { writePresent } from "../../team/peers/present.ts";
import { createFollowLab, type FollowLab } from "../support/daemon-lab.ts";
import { GIT_NEEDS, type Signer } from "../support/git-lab.ts";
import { needs } from "../support/needs.ts";
import { createPeerLab, type PeerMachine, randomContent } from "../support/peer-lab.ts";

const HERE = needs(...GIT_NEEDS, "root");
const LOCK = "version: 1\nname: followed\naliases: { ll: ls -l }\n";

let lab: FollowLab;
let peers: ReturnType<typeof createPeerLab>;
let bob: PeerMachine;
let mallory: PeerMachine;
beforeEach(async () => {
  if (!HERE) return;
  lab = await createFollowLab();
  lab.configure({ repository: lab.repo.url });
  peers = createPeerLab();
  [bob, mallory] = ["bob", "mallory"].map((name) => peers.machine(name)) as [PeerMachine, PeerMachine];
  const { open } = ensureHostKey(lab.place("data"));
  for (const machine of [bob, mallory]) machine.members.set("me", open);
});
afterEach(async () => {
  await peers?.close();
  await lab?.close();
});

const json = (code: number) => lab.json(code, "daemon", "fetch", "--nearby");

function push(text: string, signer: Signer | undefined = lab.alice): string {
  const commit = lab.repo.commit({ "omg.lock": LOCK, note: text }, signer);
  lab.repo.push();
  return commit;
}

/** As omgd leaves word of who is near, and which commit they speak of. */
function near(...present: readonly (PresentPeer & { commit: string })[]): void {
  mkdirSync(lab.place("state", "daemon"), { recursive: true });
  writePresent(lab.place("state"), { repository: lab.repo.url, peers: present }, new Date());
}

/** A copy of the repository as a teammate has it. */
async function copy(refspec = "+refs/heads/*:refs/omg/*"): Promise<Mirror> {
  const options = { folder: join(lab.repo.folder, "bobs"), address: lab.repo.fileUrl, strict: true, protocols: "file" };
  const mirror = await openMirror(options);
  await mirror.fetch([refspec]);
  return mirror;
}

/** bob has what the repository has now, and hands out what is newer than anybody's. */
async function bobHas(commit: string, release?: string): Promise<PresentPeer & { commit: string }> {
  const mirror = await copy();
  bob.news = async (known) => {
    const tips = release === undefined ? [commit] : [commit, release];
    const pack = await packSince(mirror, tips, [known.commit]);
    return pack === undefined ? undefined : { commit, ...(release === undefined ? {} : { release }), pack };
  };
  return { ...(await bob.serve()), commit };
}

/** What omg keeps of the repository: names of all objects. */
function objects(): readonly string[] {
  const folder = lab.place("state", "daemon", "mirrors");
  const [mirror = ""] = readdirSync(folder).filter((name) => /^[0-9a-f]{32}$/.test(name));
  const args = ["-c", "safe.directory=*", "cat-file", "--batch-all-objects", "--batch-check=%(objectname)"];
  return execFileSync("git", args, { cwd: join(folder, mirror), encoding: "utf8" }).split("\n");
}

describe.runIf(HERE)("omg daemon fetch --nearby", () => {
  it("takes from a teammate what is newer, and the server is asked nothing, whether it answers or not", async () => {
    const first = push("1");
    await lab.json(0, "daemon", "fetch");
    push("2");
    const third = push("3");
    near(await bobHas(third));
    lab.repo.answerWith(503);
    const before = lab.repo.requests.length;
    expect(await json(0)).toMatchObject({
      news: "newer",
      verified: 2,
      from: "bob",
      newest: { commit: third, number: 2 },
    });
    expect(lab.repo.requests).toHaveLength(before);
    expect(readFileSync(lab.place("state", "daemon", "current", ".git", "HEAD"), "utf8")).toBe(`${third}\n`);

    // What came is a part of omg's own copy, and the repository goes on from there.
    lab.repo.answerWith(undefined);
    const fourth = push("4");
    expect(await lab.json(0, "daemon", "fetch")).toMatchObject({
      news: "newer",
      verified: 1,
      newest: { commit: fourth },
    });
    expect(objects()).toContain(first);
  });

  it("asks the server where nobody has news, and says that it cannot be reached where it cannot", async () => {
    push("1");
    await lab.json(0, "daemon", "fetch");
    const second = push("2");
    near();
    expect(await json(0)).toMatchObject({ newest: { commit: second } });
    lab.repo.answerWith(503);
    expect(await json(8)).toMatchObject({ error: { code: "repository-unreachable" } });
  });

  it("blames nobody who is gone or busy", async () => {
    push("1");
    await lab.json(0, "daemon", "fetch");
    const second = push("2");
    const gone = await bobHas(second);
    await bob.stop();
    near(
      { ...(await mallory.serveOddly((_question, response) => response.writeHead(503).end())), commit: second },
      gone,
    );
    expect(await json(0)).toMatchObject({ newest: { commit: second }, refused: [] });
  });

  it("believes nobody's first word: who the team is, a commit says that the repository sent", async () => {
    const first = push("1");
    near(await bobHas(first));
    expect(await json(0)).toMatchObject({ news: "first", newest: { commit: first } });
    expect(lab.repo.requests.length).toBeGreaterThan(0);
  });

  it.each([
    ["an unsigned commit", "does not count"],
    ["one that a stranger signed", "does not count"],
    ["an unsigned one below a signed one", "does not count"],
    ["an older one", "went back"],
    ["another history", "was rewritten"],
    ["nothing newer", "sent none"],
    ["another commit than it says", "was rewritten"],
    ["a pack with a broken object", "git does not take"],
    ["a pack without what it rests on", "git does not take"],
    ["no pack", "git does not take"],
    ["endless bytes", "does not end"],
    ["a pack that unfolds to more than there is room for", "git does not take"],
    ["an odd answer", "sends no commits"],
  ] as const)("refuses %s, keeps nothing of it, and asks the server", async (lie, words) => {
    const first = push("1");
    const second = push("2");
    await lab.json(0, "daemon", "fetch");
    const { commit, answer } = await lieOf(lie, first, second);
    near({ ...(await mallory.serveOddly(answer)), commit });
    const found = await json(0);
    expect(found).toMatchObject({ news: "same", newest: { commit: second } });
    expect(found).not.toHaveProperty("from");
    expect(found.refused).toEqual([{ teammate: "mallory", message: expect.stringContaining(words) }]);
    expect(objects()).not.toContain(commit);
    expect(readdirSync(lab.place("state", "daemon", "mirrors"))).not.toContain("offered");

    // And news come, from whoever has them.
    const third = push("3");
    expect(await json(0)).toMatchObject({ news: "newer", newest: { commit: third } });
    lab.repo.git("checkout", "--quiet", "main");
    const fourth = push("4");
    near({ ...(await mallory.serveOddly(answer)), commit }, await bobHas(fourth));
    lab.repo.answerWith(503);
    expect(await json(0)).toMatchObject({ news: "newer", from: "bob", newest: { commit: fourth } });
  });

  it("holds a release to what is required of it", async () => {
    const { signer, line } = lab.repo.sshKey("releaser");
    mkdirSync(lab.place("config", "trust", "release"), { recursive: true });
    writeFileSync(lab.place("config", "trust", "release", "allowed_signers"), line);
    lab.configure({ repository: lab.repo.url, release: "releases" });
    const release = (commit: string, version: number, by: Signer) => {
      const about = { repository: lab.repo.url, channel: "main", expires: "2099-01-01T00:00:00Z" };
      lab.repo.git("checkout", "--quiet", "--orphan", "releases");
      const name = lab.repo.commit({ "release.json": JSON.stringify({ ...about, commit, version }) }, by);
      lab.repo.push("--force", "HEAD:refs/heads/releases");
      lab.repo.git("checkout", "--quiet", "main");
      lab.repo.git("branch", "--quiet", "-D", "releases");
      return name;
    };
    release(push("1"), 1, signer);
    await lab.json(0, "daemon", "fetch");
    const second = push("2");
    const forged = release(second, 2, lab.alice);
    near(await bobHas(second, forged));
    expect(await json(4)).toMatchObject({ error: { code: "release-refused" } });
    await bob.stop();
    const good = release(second, 2, signer);
    lab.repo.answerWith(503);
    near(await bobHas(second));
    expect(await json(8)).toMatchObject({ error: { code: "repository-unreachable" } });
    await bob.stop();
    near(await bobHas(second, good));
    expect(await json(0)).toMatchObject({ from: "bob", newest: { commit: second, release: 2 } });
  });
});

type Lie = string;

/** A commit that mallory speaks of, and what it answers who asks for it. */
async function lieOf(lie: Lie, first: string, second: string): Promise<{ commit: string; answer: RequestListener }> {
  const sends = (commit: string, pack: Uint8Array): RequestListener => {
    return (_question, response) => response.writeHead(200, { "omg-commit": commit }).end(pack);
  };
  const packed = async (commit: string, without: readonly string[]) => {
    const mirror = await copy(`+${commit}:refs/omg/lie`);
    return (await packSince(mirror, [commit], without)) ?? Buffer.alloc(0);
  };
  /** A commit that only mallory has; the repository goes on from the second. */
  const apart = (make: () => string, isShared = true) => {
    lab.repo.git("checkout", "--quiet", "-B", "apart", second);
    const commit = make();
    if (isShared) lab.repo.git("push", "--quiet", lab.repo.bare, `${commit}:refs/heads/apart`);
    lab.repo.git("checkout", "--quiet", "main");
    return commit;
  };
  const change = (signer: Signer | undefined) => lab.repo.commit({ note: lie }, signer);
  const nobody = "0123456789".repeat(4);
  switch (lie) {
    case "an unsigned commit": {
      const commit = apart(() => change(undefined));
      return { commit, answer: sends(commit, await packed(commit, [second])) };
    }
    case "one that a stranger signed": {
      const commit = apart(() => change(lab.repo.sshKey("mallory").signer));
      return { commit, answer: sends(commit, await packed(commit, [second])) };
    }
    case "an unsigned one below a signed one": {
      const commit = apart(() => {
        change(undefined);
        return lab.repo.commit({ note: "signed" }, lab.alice);
      });
      return { commit, answer: sends(commit, await packed(commit, [second])) };
    }
    case "an older one":
      return { commit: nobody, answer: sends(first, await packed(second, [first])) };
    case "nothing newer":
      return { commit: nobody, answer: sends(second, await packed(second, [first])) };
    case "another commit than it says":
      return { commit: nobody, answer: sends(nobody, await packed(second, [first])) };
    case "another history": {
      lab.repo.git("checkout", "--quiet", "--orphan", "apart");
      const commit = lab.repo.commit({ note: lie }, lab.alice);
      lab.repo.git("push", "--quiet", lab.repo.bare, `${commit}:refs/heads/apart`);
      lab.repo.git("checkout", "--quiet", "main");
      return { commit, answer: sends(commit, await packed(commit, [])) };
    }
    case "a pack with a broken object": {
      const commit = apart(() => {
        const text = `tree ${lab.repo.git("rev-parse", "HEAD^{tree}")}\nparent ${second}\nauthor nobody\n\nbroken\n`;
        const file = join(peers.folder, "broken");
        writeFileSync(file, text);
        return lab.repo.git("hash-object", "-t", "commit", "--literally", "-w", file);
      }, false);
      return { commit, answer: sends(commit, bare(commit, second)) };
    }
    case "a pack without what it rests on": {
      const commit = apart(() => {
        change(lab.alice);
        return lab.repo.commit({ note: "further" }, lab.alice);
      });
      return { commit, answer: sends(commit, bare(commit, `${commit}~1`)) };
    }
    case "no pack":
      return { commit: nobody, answer: sends(nobody, randomContent(1000)) };
    case "endless bytes":
      return {
        commit: nobody,
        answer: (_question, response) => {
          response.writeHead(200, { "omg-commit": nobody });
          const more = () => {
            while (!response.destroyed && response.write(Buffer.alloc(1 << 16))) {}
          };
          response.on("drain", more);
          more();
        },
      };
    case "a pack that unfolds to more than there is room for":
      return { commit: nobody, answer: sends(nobody, bomb()) };
    default:
      return { commit: nobody, answer: (_question, response) => response.writeHead(200).end("hello") };
  }
}

/** A pack (gitformat-pack(5)) of one commit that says to have 3 GiB: git takes the room for it before it unfolds it. */
function bomb(): Buffer {
  let rest = 3 * 2 ** 30;
  const bytes = [(1 << 4) | (rest % 16)];
  for (rest = Math.floor(rest / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 0x80;
    bytes.push(rest % 128);
  }
  const head = Buffer.concat([Buffer.from("PACK"), Buffer.from([0, 0, 0, 2, 0, 0, 0, 1]), Buffer.from(bytes)]);
  const all = Buffer.concat([head, deflateSync(Buffer.alloc(1 << 20))]);
  return Buffer.concat([all, createHash("sha1").update(all).digest()]);
}

/** What git itself packs in the work tree, where nothing is checked. */
function bare(commit: string, without: string): Buffer {
  const input = `${commit}\n^${without}\n`;
  return execFileSync("git", ["pack-objects", "--quiet", "--stdout", "--revs"], { cwd: lab.repo.work, input });
}
