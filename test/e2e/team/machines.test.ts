import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AptLab, createAptLab } from "../../support/apt-lab.ts";
import { GIT_NEEDS } from "../../support/git-lab.ts";
import { GpgHome } from "../../support/gpg-home.ts";
import { needs } from "../../support/needs.ts";
import { lockOf, runOmg } from "../../support/omg-lab.ts";
import { createSshServer, SSHD_NEEDS, type SshServer } from "../../support/ssh-server.ts";
import { createTeamLab, type Machine, nextTrust, SHELL_LOCK, type TeamLab } from "../../support/team-lab.ts";

const HERE = needs(...GIT_NEEDS, ...SSHD_NEEDS);

let lab: TeamLab;
let ssh: SshServer;
const roots: AptLab[] = [];
beforeEach(async () => {
  if (!HERE) return;
  lab = await createTeamLab();
  ssh = await createSshServer(join(lab.server.folder, "ssh"));
});
afterEach(async () => {
  await ssh?.close();
  await lab?.close();
  for (const root of roots.splice(0)) await root.dispose();
});

async function rooted(name: string): Promise<{ readonly apt: AptLab; readonly machine: Machine }> {
  const apt = await createAptLab();
  roots.push(apt);
  return { apt, machine: lab.machine(name, apt.env) };
}

async function installed(apt: AptLab): Promise<readonly string[]> {
  return [...(await apt.installed())].filter(([, { status }]) => status.endsWith("i")).map(([name]) => name);
}

describe.runIf(HERE)("three machines with roots of their own, by ssh", () => {
  it("become equal, stay equal, and take nothing that the team did not sign", async () => {
    const alice = lab.person("alice");
    const pinning = await rooted("pinning");
    alice.write({ "omg.lock": lockOf({ "omg-app": "*" }) });
    const pinned = async () => {
      const ran = await runOmg(
        ["lock", "--lock", join(alice.clone, "omg.lock")],
        alice.clone,
        { ...alice.env, ...pinning.apt.env },
        {},
      );
      expect(`${ran.code} ${ran.stderr}`).toContain("0 ");
    };
    await pinned();
    const trust = await lab.found(alice, alice.read("omg.lock"));
    const address = `ssh://root@127.0.0.1:${ssh.port}${lab.server.bare}`;
    const args = [
      "team",
      "join",
      address,
      "--trust",
      trust,
      "--ssh-key",
      ssh.key,
      "--known-hosts",
      ssh.knownHosts,
    ] as const;
    const machines = await Promise.all(["one", "two", "three"].map(rooted));
    for (const { apt, machine } of machines) {
      expect(await installed(apt)).not.toContain("omg-app");
      const wrong = args.map((each) => (each === trust ? `SHA256:${"B".repeat(43)}` : each));
      expect(await machine.json(4, ...wrong, "--yes")).toMatchObject({ error: { code: "trust-unknown" } });
      expect(await installed(apt)).not.toContain("omg-app");
      expect(await machine.json(0, ...args, "--yes")).toMatchObject({
        outcome: "joined",
        applied: { outcome: "applied" },
      });
      expect(await installed(apt)).toContain("omg-app");
    }
    alice.write({ "omg.lock": `${lockOf({ "omg-app": "*", "omg-script": "*" })}` });
    await pinned();
    alice.publish();
    // One of them is off meanwhile.
    const [one, two, three] = machines;
    for (const each of [one, two]) {
      await each?.machine.json(0, "team", "pull", "--yes");
      expect(await installed((each as NonNullable<typeof each>).apt)).toContain("omg-script");
    }
    const mallory = lab.person("mallory");
    mallory.publish({ "omg.lock": lockOf({}) });
    for (const each of machines)
      expect(await each.machine.json(4, "team", "pull", "--yes")).toMatchObject({ error: { code: "role-missing" } });
    expect(await installed((three as NonNullable<typeof three>).apt)).toContain("omg-app");
  });
});

describe.runIf(HERE)("a team with OpenPGP keys", () => {
  it("begins, goes on and is joined like any other", async () => {
    const vera = lab.person("vera");
    const gpg = new GpgHome();
    try {
      const key = gpg.makeKey("vera", { at: new Date(Date.now() - 86_400_000) });
      const program = join(lab.server.folder, "gpg");
      writeFileSync(program, `#!/bin/sh\nGNUPGHOME=${gpg.folder} exec /usr/bin/gpg "$@"\n`, { mode: 0o755 });
      const settings = { "gpg.format": "openpgp", "user.signingkey": key, "gpg.program": program };
      for (const [name, value] of Object.entries(settings)) vera.git("config", name, value);
      vera.write({ "omg.lock": SHELL_LOCK });
      const env = { ...vera.env, GNUPGHOME: gpg.folder };
      const begun = await runOmg(["team", "init", "--yes", "--json"], vera.clone, env, {});
      expect(begun.stderr).toBe("");
      const { fingerprint } = JSON.parse(begun.stdout);
      vera.publish();
      vera.write({
        ".omg/trust/2.json": nextTrust(vera.read(".omg/trust/1.json"), (next) => {
          next.expires = new Date(Date.now() + 86_400_000).toISOString();
        }),
      });
      const file = join(vera.clone, ".omg", "trust", "2");
      gpg.detach(`${file}.json`, `${file}.sig`, { keys: [key], at: new Date() });
      vera.publish();
      const args = ["team", "join", lab.server.url, "--trust", fingerprint, "--yes"] as const;
      expect(await lab.machine("one").json(0, ...args)).toMatchObject({
        version: 2,
        by: expect.stringContaining("vera@omg.test"),
        keys: [{ fingerprint: key, owner: "vera@omg.test" }],
      });
      writeFileSync(`${file}.sig`, "");
      vera.publish();
      expect(await lab.machine("two").json(4, ...args)).toMatchObject({ error: { code: "trust-unsigned" } });
    } finally {
      gpg.dispose();
    }
  });
});
