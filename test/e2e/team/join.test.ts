import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { GIT_NEEDS } from "../../support/git-lab.ts";
import { needs } from "../../support/needs.ts";
import { OMG } from "../../support/omg-lab.ts";
import {
  createTeamLab,
  type Machine,
  nextTrust,
  type Person,
  SHELL_LOCK,
  type TeamLab,
  type TrustText,
} from "../../support/team-lab.ts";

const HERE = needs(...GIT_NEEDS);

let lab: TeamLab;
let alice: Person;
let trust: string;
beforeEach(async () => {
  if (!HERE) return;
  lab = await createTeamLab();
  alice = lab.person("alice");
  trust = await lab.found(alice);
});
afterEach(() => lab?.close());

/** A clone that has what the others pushed. */
function newcomer(name: string): Person {
  return lab.person(name);
}

function addTrust(by: Person, version: number, change: (trust: TrustText) => void): void {
  by.write({ [`.omg/trust/${version}.json`]: nextTrust(by.read(`.omg/trust/${version - 1}.json`), change) });
}

function give(
  trust: TrustText,
  { fingerprint, key, name }: Person,
  ...roles: readonly (keyof TrustText["roles"])[]
): void {
  trust.keys[fingerprint] = { owner: `${name}@omg.test`, ssh: key };
  for (const role of roles) trust.roles[role].push(fingerprint);
}

function join(name: string, ...more: readonly string[]) {
  const machine = lab.machine(name);
  return { machine, args: ["team", "join", lab.server.url, "--trust", trust, ...more] as const };
}

/** On a real terminal, made by script(1): types each answer at the next question. */
function onTerminal(machine: Machine, args: readonly string[], answers: readonly string[]) {
  const command = [process.execPath, OMG, ...args].map((word) => `'${word}'`).join(" ");
  const child = spawn("script", ["--quiet", "--return", "--command", `stty cols 100; exec ${command}`, "/dev/null"], {
    cwd: machine.place("home"),
    env: { ...machine.env, TERM: "xterm" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const left = [...answers];
  let shown = "";
  let since = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    shown += chunk.toString();
    if (!/(?:\[y\/N\]|gave it to you:)/.test(shown.slice(since)) || left.length === 0) return;
    since = shown.length;
    child.stdin.write(left.shift() ?? "");
  });
  return new Promise<readonly [string, number | null]>((done) => {
    child.once("close", (code) => done([shown, code]));
  });
}

async function codeOf(end: number, asked: Promise<Readonly<Record<string, unknown>>> | ReturnType<typeof join>) {
  const document = "machine" in asked ? await asked.machine.json(end, ...asked.args, "--yes") : await asked;
  return (document.error as { code?: string } | undefined)?.code;
}

describe.runIf(HERE)("a team's repository", () => {
  it("is begun once, with all that belongs to it", async () => {
    for (const file of [".omg/team.toml", ".omg/members.toml", "policy.toml", ".github/workflows/omg.yml"])
      expect(alice.read(file)).not.toBe("");
    expect(alice.read("omg.lock")).toBe(SHELL_LOCK);
    expect(alice.read(".gitattributes")).toBe("omg.lock merge=omg-lock\n");
    expect(alice.git("config", "merge.omg-lock.driver")).toContain("omg team merge-lock");
    expect(await alice.json(1, "team", "init")).toMatchObject({ error: { code: "team-present" } });
  });

  it("is not begun without consent or a key", async () => {
    const bob = newcomer("bob");
    bob.git("rm", "-rq", ".omg");
    expect(await bob.json(9, "team", "init")).toMatchObject({ error: { code: "no-consent" } });
    expect(existsSync(`${bob.clone}/.omg`)).toBe(false);
    bob.git("config", "user.signingkey", "");
    expect(await bob.json(1, "team", "init", "--yes")).toMatchObject({ error: { code: "no-signing-key" } });
    expect(existsSync(`${bob.clone}/.omg`)).toBe(false);
  });
});

describe.runIf(HERE)("a machine that joins", () => {
  it("shows who vouches, asks, and follows from then on", async () => {
    const { machine, args } = join("one");
    expect(await machine.json(9, ...args)).toMatchObject({ error: { code: "no-consent" } });
    expect(existsSync(machine.place("config", "config.toml"))).toBe(false);
    expect(existsSync(machine.place("data", "team"))).toBe(false);
    const joined = await machine.json(0, ...args, "--yes");
    expect(joined).toMatchObject({
      team: "web-team",
      version: 1,
      by: `alice@omg.test (${alice.fingerprint})`,
      keys: [{ owner: "alice@omg.test", roles: ["trust", "release", "policy", "peers"] }],
      member: { key: expect.stringMatching(/^ed25519:/) },
    });
    const config = readFileSync(machine.place("config", "config.toml"), "utf8");
    expect(config).toContain(`team = "${trust}"\n`);
    expect(config).toContain('roll-forward = "apply"\n');
    const commit = alice.publish({ "omg.lock": `${SHELL_LOCK}  la: ls -a\n` });
    expect(await machine.json(0, "daemon", "fetch")).toMatchObject({ news: "newer", newest: { commit }, verified: 1 });
    await machine.json(0, "team", "pull", "--yes");
    // Joining again is joining the same.
    await machine.json(0, ...args, "--yes");
    expect(readFileSync(machine.place("config", "config.toml"), "utf8")).toBe(config);
  });

  it("is refused with another fingerprint, and with another repository than it follows, and nothing changes", async () => {
    const { machine, args } = join("one");
    const wrong = args.map((each) => (each === trust ? `SHA256:${"A".repeat(43)}` : each));
    const { error } = (await machine.json(4, ...wrong, "--yes")) as { error: { code: string; message: string } };
    expect(error).toMatchObject({ code: "trust-unknown" });
    // Nobody is to type what only the repository says.
    expect(JSON.stringify(error)).not.toContain(trust);
    for (const folder of ["config", "data"]) expect(existsSync(machine.place(folder, "config.toml"))).toBe(false);
    expect(existsSync(machine.place("state", "daemon", "current"))).toBe(false);
    await machine.json(0, ...args, "--yes");
    const config = machine.place("config", "config.toml");
    const before = readFileSync(config, "utf8");
    expect(await machine.json(1, ...wrong, "--yes")).toMatchObject({ error: { code: "already-following" } });
    expect(readFileSync(config, "utf8")).toBe(before);
    writeFileSync(config, before.replace(trust, `SHA256:${"A".repeat(43)}`));
    expect(await machine.json(4, "daemon", "fetch")).toMatchObject({ error: { code: "trust-unknown" } });
  });

  it("says what is wrong with what was named", async () => {
    const machine = lab.machine("one");
    const refused = async (code: number, ...args: readonly string[]) =>
      ((await machine.json(code, "team", "join", ...args, "--yes")) as { error: { message: string; hint?: string } })
        .error;
    expect((await refused(1, lab.server.url)).message).toContain("is not said");
    expect((await refused(1, lab.server.url, "--trust", "SHA256:abc")).message).toContain(
      "SHA256:abc is no fingerprint",
    );
    expect((await refused(1, "git@example.org:web/team.git", "--trust", trust)).hint).toContain(
      "ssh://git@example.org/web/team.git",
    );
    expect(await refused(8, lab.server.url, "--trust", trust, "--branch", "trunk")).toMatchObject({
      code: "reference-missing",
      message: `${lab.server.url} was reached, and has no branch trunk.`,
    });
    expect(existsSync(machine.place("config", "config.toml"))).toBe(false);
  });

  it("takes the fingerprint from a person who types it", async () => {
    const { machine } = join("one");
    const [shown, code] = await onTerminal(machine, ["team", "join", lab.server.url], [`${trust}\n`, "y\n"]);
    expect(shown).toContain("Joined");
    expect(code).toBe(0);
    const other = lab.machine("two");
    const [refused, end] = await onTerminal(other, ["team", "join", lab.server.url], [`SHA256:${"A".repeat(43)}\n`]);
    expect(refused).toContain("first trust document");
    expect(end).toBe(4);
  });

  it("that was killed before it follows joins with the next try", async () => {
    const { args } = join("one");
    const ran = await lab.machine("one", { OMG_FAILPOINT: "team.join-applied" }).omg(...args, "--yes");
    expect(ran.signal).toBe("SIGKILL");
    const { machine } = join("one");
    expect(existsSync(machine.place("config", "config.toml"))).toBe(false);
    expect(await machine.json(0, ...args, "--yes")).toMatchObject({ outcome: "joined", verified: 1 });
  });

  it("remembers what it believed when one place is lost, documents included", async () => {
    const { machine, args } = join("one");
    await machine.json(0, ...args, "--yes");
    const first = alice.git("rev-parse", "HEAD");
    addTrust(alice, 2, (next) => give(next, newcomer("bob"), "release"));
    alice.signTrust(2);
    alice.publish();
    await machine.json(0, "daemon", "fetch");
    // The repository goes back to where only the first document was.
    alice.git("push", "--quiet", "--force", "origin", `${first}:main`);
    for (const lost of ["state", "data"]) {
      rmSync(machine.place(lost, ...(lost === "state" ? ["daemon"] : ["audit"])), { recursive: true });
      expect(["commit-rewound", "history-rewritten"]).toContain(await codeOf(4, machine.json(4, "daemon", "fetch")));
    }
  });

  it("keeps what its config.toml says, and refuses a form that it cannot add to", async () => {
    const { machine, args } = join("one");
    const { mkdirSync } = await import("node:fs");
    mkdirSync(machine.place("config"), { recursive: true });
    const config = machine.place("config", "config.toml");
    writeFileSync(config, "daemon = { poll = 60 }\n");
    expect(await machine.json(1, ...args, "--yes")).toMatchObject({ error: { code: "edit-refused" } });
    writeFileSync(config, '# mine\n[daemon] # here\npoll = 60\nroll-forward = "report"\n\n[apt]\nrefresh-limit = 60');
    await machine.json(0, ...args, "--yes");
    expect(readFileSync(config, "utf8")).toBe(
      `# mine\n[daemon] # here\nrepository = "${lab.server.url}"\nteam = "${trust}"\npoll = 60\nroll-forward = "report"\n\n[apt]\nrefresh-limit = 60`,
    );
  });

  it("verifies the whole history, back to where the team began and no further", async () => {
    const mallory = newcomer("mallory");
    mallory.publish({ "omg.lock": `${SHELL_LOCK}  rm: rm -rf\n` });
    alice.git("pull", "--quiet", "--rebase=false", "origin", "main");
    alice.publish({ "omg.lock": `${SHELL_LOCK}  rm: rm -rf\n  x: y\n` });
    expect(await codeOf(4, join("one"))).toBe("role-missing");
  });

  it("is not deceived by a first commit that only brings the trust documents", async () => {
    // Everything else was there before, signed by nobody: whoever brings the documents vouches for it.
    const bob = newcomer("bob");
    addTrust(alice, 2, (next) => give(next, bob, "peers"));
    alice.signTrust(2);
    alice.publish();
    bob.git("pull", "--quiet", "origin", "main");
    bob.git("checkout", "--quiet", "--orphan", "evil");
    bob.git("rm", "-rq", "--cached", ".omg");
    bob.write({ "omg.lock": `${SHELL_LOCK}  sudo: evil\n` });
    bob.git("add", "omg.lock");
    bob.git("commit", "--quiet", "-m", "unsigned");
    bob.git("add", ".omg");
    bob.git("commit", "--quiet", "--gpg-sign", "-m", "the documents");
    bob.git("push", "--quiet", "--force", "origin", "HEAD:main");
    expect(await codeOf(4, join("one"))).toBe("role-missing");
  });
});

describe.runIf(HERE)("roles", () => {
  it("are apart: each change takes a key with its own", async () => {
    const { machine, args } = join("one");
    await machine.json(0, ...args, "--yes");
    const people = { release: newcomer("rita"), policy: newcomer("paul"), peers: newcomer("pia") };
    addTrust(alice, 2, (next) => {
      for (const [role, person] of Object.entries(people)) give(next, person, role as keyof typeof people);
    });
    alice.signTrust(2);
    let good = alice.publish();
    const allowed = { release: "omg.lock", policy: "policy.toml", peers: ".omg/members.toml" } as const;
    for (const [role, person] of Object.entries(people))
      for (const [other, file] of Object.entries({ ...allowed, release: "common/tools.yaml" })) {
        person.git("fetch", "--quiet");
        person.git("reset", "--quiet", "--hard", "origin/main");
        const commit = person.publish({
          [file]: `# by ${person.name}\n${file === "policy.toml" ? "version = 1\n" : ""}`,
        });
        if (role === other) {
          expect(await machine.json(0, "daemon", "fetch")).toMatchObject({ newest: { commit } });
          good = commit;
        } else {
          expect(await codeOf(4, machine.json(4, "daemon", "fetch"))).toBe("role-missing");
          person.git("push", "--quiet", "--force", "origin", `${good}:main`);
        }
      }
  });

  it("hold for merges, too: an old policy does not come back by one", async () => {
    const rita = newcomer("rita");
    addTrust(alice, 2, (next) => give(next, rita, "release"));
    alice.signTrust(2);
    const old = alice.publish();
    const { machine, args } = join("one");
    await machine.json(0, ...args, "--yes");
    alice.publish({ "policy.toml": 'version = 1\n[grade]\nminimum = "verified"\n' });
    rita.git("pull", "--quiet", "origin", "main");
    rita.git("checkout", "--quiet", "-b", "side", old);
    rita.write({ "omg.lock": `${SHELL_LOCK}  la: ls -a\n` });
    rita.git("commit", "--quiet", "--all", "--gpg-sign", "-m", "side");
    for (const first of ["side", "main"]) {
      rita.git("checkout", "--quiet", "-B", `by-${first}`, first);
      const other = first === "side" ? "main" : "side";
      rita.git("merge", "--quiet", "--no-commit", "-s", "ours", other);
      rita.git("checkout", "side", "--", "policy.toml");
      rita.git("commit", "--quiet", "--gpg-sign", "-m", "merged");
      rita.git("push", "--quiet", "--force", "origin", "HEAD:main");
      expect(await codeOf(4, machine.json(4, "daemon", "fetch"))).toBe("role-missing");
    }
  });
});

describe.runIf(HERE)("trust documents", () => {
  it("count when enough of the old keys and of their own signed them", async () => {
    const { machine, args } = join("one");
    await machine.json(0, ...args, "--yes");
    const bob = newcomer("bob");
    const begin = alice.git("rev-parse", "HEAD");
    const attempt = (change: (trust: TrustText) => void, ...signers: readonly Person[]) => {
      alice.git("reset", "--quiet", "--hard", begin);
      addTrust(alice, 2, change);
      alice.write({ ".omg/trust/2.sig": "" });
      for (const signer of signers) {
        signer.write({
          ".omg/trust/2.json": alice.read(".omg/trust/2.json"),
          ".omg/trust/2.sig": alice.read(".omg/trust/2.sig"),
        });
        signer.signTrust(2);
        alice.write({ ".omg/trust/2.sig": signer.read(".omg/trust/2.sig") });
      }
      alice.git("add", "--all");
      alice.git("commit", "--quiet", "--gpg-sign", "-m", "trust");
      alice.git("push", "--quiet", "--force", "origin", "HEAD:main");
    };
    const two = (next: TrustText) => {
      give(next, bob, "trust", "release");
      next.threshold = 2;
    };
    for (const signers of [[], [alice], [bob]]) {
      attempt(two, ...signers);
      expect(await codeOf(4, machine.json(4, "daemon", "fetch"))).toBe("trust-unsigned");
    }
    attempt(
      (next) => {
        two(next);
        next.expires = "2020-01-01T00:00:00Z";
      },
      alice,
      bob,
    );
    expect(await codeOf(4, machine.json(4, "daemon", "fetch"))).toBe("trust-expired");
    attempt((next) => {
      give(next, bob, "release");
      next.keys[bob.fingerprint] = { owner: "bob", ssh: alice.key };
    }, alice);
    expect(await codeOf(4, machine.json(4, "daemon", "fetch"))).toBe("trust-invalid");
    attempt(two, alice, bob);
    expect(await machine.json(0, "daemon", "fetch")).toMatchObject({ news: "newer" });
    bob.git("reset", "--quiet", "--hard");
    bob.git("clean", "-fdq");
    bob.git("pull", "--quiet", "origin", "main");
    const commit = bob.publish({ "omg.lock": `${SHELL_LOCK}  la: ls -a\n` });
    expect(await machine.json(0, "daemon", "fetch")).toMatchObject({ newest: { commit } });
  });

  it("only go forward: an old key, and a document that is changed or taken away, are refused", async () => {
    const { machine, args } = join("one");
    await machine.json(0, ...args, "--yes");
    const bob = newcomer("bob");
    addTrust(alice, 2, (next) => give(next, bob, "trust", "release", "policy", "peers"));
    alice.signTrust(2);
    alice.publish();
    bob.git("pull", "--quiet", "origin", "main");
    addTrust(bob, 3, (next) => {
      delete next.keys[alice.fingerprint];
      for (const role of Object.values(next.roles)) role.splice(role.indexOf(alice.fingerprint), 1);
    });
    for (const person of [alice, bob]) {
      person.write({ ".omg/trust/3.json": bob.read(".omg/trust/3.json") });
      person.signTrust(3);
    }
    bob.write({ ".omg/trust/3.sig": `${bob.read(".omg/trust/3.sig")}${alice.read(".omg/trust/3.sig")}` });
    alice.git("clean", "-fdq");
    const rotated = bob.publish();
    // A machine that was off meanwhile takes both steps at once, and one that is new the whole way.
    expect(await machine.json(0, "daemon", "fetch")).toMatchObject({ newest: { commit: rotated }, verified: 2 });
    expect(await codeOf(0, join("two"))).toBeUndefined();
    alice.git("pull", "--quiet", "origin", "main");
    alice.publish({ "omg.lock": `${SHELL_LOCK}  by: alice\n` });
    expect(await codeOf(4, machine.json(4, "daemon", "fetch"))).toBe("role-missing");
    // Her side of an older history, with the documents on top: what is new does not rest on what was believed, and the newest key is hers no more.
    alice.git("checkout", "--quiet", "-B", "old", `${rotated}~1`);
    alice.write({ "omg.lock": `${SHELL_LOCK}  by: alice\n` });
    alice.git("commit", "--quiet", "--all", "--gpg-sign", "-m", "then");
    alice.git("checkout", rotated, "--", ".omg/trust");
    alice.git("commit", "--quiet", "--gpg-sign", "-m", "documents");
    alice.git("push", "--quiet", "--force", "origin", "HEAD:main");
    expect(await codeOf(4, machine.json(4, "daemon", "fetch"))).toBe("history-rewritten");
    expect(await codeOf(4, join("three"))).toBe("key-unknown");
    // Her own second and third, signed by the first document's keys: once they replace the others, and once after none were there.
    const anew = (version: number) => {
      alice.write({
        [`.omg/trust/${version}.json`]: nextTrust(alice.read(`.omg/trust/${version - 1}.json`), () => undefined),
        [`.omg/trust/${version}.sig`]: "",
      });
      alice.signTrust(version);
    };
    for (const between of [false, true]) {
      alice.git("checkout", "--quiet", "-B", "hers", rotated);
      if (between) {
        alice.git("rm", "-rq", ".omg");
        alice.git("commit", "--quiet", "-m", "none");
        alice.git("checkout", `${rotated}`, "--", ".omg");
      }
      for (const version of [2, 3]) anew(version);
      alice.git("add", "--all");
      alice.git("commit", "--quiet", "--gpg-sign", "-m", "hers");
      alice.git("push", "--quiet", "--force", "origin", "HEAD:main");
      expect(await codeOf(4, machine.json(4, "daemon", "fetch"))).toBe("trust-changed");
      expect(await codeOf(4, join(`four-${between}`))).toBe("trust-changed");
    }
    // Changed, and taken away.
    for (const taken of [false, true]) {
      bob.git("reset", "--quiet", "--hard", rotated);
      if (taken) bob.git("rm", "-q", ".omg/trust/3.json");
      else bob.write({ ".omg/trust/2.json": bob.read(".omg/trust/3.json") });
      bob.git("add", "--all");
      bob.git("commit", "--quiet", "--gpg-sign", "-m", "less");
      bob.git("push", "--quiet", "--force", "origin", "HEAD:main");
      expect(["trust-invalid", "trust-changed"]).toContain(await codeOf(4, machine.json(4, "daemon", "fetch")));
    }
  });
});
