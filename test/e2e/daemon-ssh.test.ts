import { execFileSync } from "node:child_process";
import { chownSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFollowLab, type FollowLab } from "../support/daemon-lab.ts";
import { GIT_NEEDS } from "../support/git-lab.ts";
import { needs } from "../support/needs.ts";
import { createSshServer, SSHD_NEEDS, type SshServer } from "../support/ssh-server.ts";

const HERE = needs(...GIT_NEEDS, ...SSHD_NEEDS);
const LOCK = "version: 1\nname: lab\naliases: { ll: ls -l }\n";

let lab: FollowLab;
let ssh: SshServer;
beforeEach(async () => {
  if (!HERE) return;
  const home = "/nonexistent-home";
  lab = await createFollowLab({ HOME: home });
  ssh = await createSshServer(join(lab.repo.folder, "ssh"));
  configure();
});
afterEach(async () => {
  await ssh?.close();
  await lab?.close();
});

function configure(more: Readonly<Record<string, string>> = {}): void {
  const repository = `ssh://root@127.0.0.1:${ssh.port}${lab.repo.bare}`;
  lab.configure({ repository, "ssh-key": ssh.key, "known-hosts": ssh.knownHosts, ...more });
}

/** Details of why it could not be fetched. */
async function unreachable(): Promise<string> {
  const { error } = (await lab.json(8, "daemon", "fetch")) as { error: { code: string; details: string[] } };
  expect(error.code).toBe("repository-unreachable");
  return error.details.join("\n");
}

describe.runIf(HERE)("a repository that is reached by ssh", () => {
  it("is fetched with the named key, by the reader's id, and no copy of the key stays", async () => {
    const commit = lab.repo.commit({ "omg.lock": LOCK }, lab.alice);
    lab.repo.push();
    expect(await lab.json(0, "daemon", "fetch")).toMatchObject({
      news: "first",
      newest: { commit },
      channel: `ssh://127.0.0.1:${ssh.port}${lab.repo.bare} branch main`,
    });
    expect(ssh.log()).toContain("Accepted publickey for root");
    const second = lab.repo.commit({ x: "1" }, lab.alice);
    lab.repo.push();
    expect(await lab.json(0, "daemon", "fetch")).toMatchObject({ news: "newer", newest: { commit: second } });
    const secret = readFileSync(ssh.key, "utf8").split("\n")[2] ?? "";
    expect(secret.length).toBeGreaterThan(40);
    const found = execFileSync("sh", ["-c", 'grep -rlF -- "$0" "$1" || true', secret, lab.place()], {
      encoding: "utf8",
    });
    expect(found).toBe("");
    const mirrors = lab.place("state", "daemon", "mirrors");
    const owners = execFileSync("find", [mirrors, "-name", "*.pack", "-printf", "%U\n"], { encoding: "utf8" });
    const loose = execFileSync("find", [mirrors, "-path", "*/objects/*", "-type", "f", "-printf", "%U\n"], {
      encoding: "utf8",
    });
    expect(new Set(`${owners}${loose}`.trim().split("\n"))).toEqual(new Set(["60999"]));
  });

  it("is not, where the server's key or our own is another one", async () => {
    lab.repo.commit({ "omg.lock": LOCK }, lab.alice);
    lab.repo.push();
    const known = readFileSync(ssh.knownHosts, "utf8");
    const other = ssh.otherKey();
    writeFileSync(ssh.knownHosts, "");
    expect(await unreachable()).toContain("Host key verification failed");
    writeFileSync(ssh.knownHosts, known.replace(/ \S+\n$/, ` ${readFileSync(`${other}.pub`, "utf8").split(" ")[1]}\n`));
    expect(await unreachable()).toContain("Host key verification failed");
    writeFileSync(ssh.knownHosts, known);
    configure({ "ssh-key": other });
    expect(await unreachable()).toContain("Permission denied (publickey");
    configure();
    await lab.json(0, "daemon", "fetch");
  });

  it("goes by nobody's configuration or agent, and by no file of somebody else", async () => {
    lab.repo.commit({ "omg.lock": LOCK }, lab.alice);
    lab.repo.push();
    // An agent that has the right key, and configurations that run programs, count for nothing.
    const mark = join(lab.repo.folder, "ran");
    const home = join(lab.repo.folder, "home");
    mkdirSync(join(home, ".ssh"), { recursive: true });
    writeFileSync(join(home, ".ssh", "config"), `Host *\n ProxyCommand touch ${mark}\n`);
    const agent = execFileSync("ssh-agent", ["-s"], { encoding: "utf8" });
    const [, socket = "", pid = ""] = /SSH_AUTH_SOCK=([^;]+);[\s\S]*SSH_AGENT_PID=(\d+)/.exec(agent) ?? [];
    try {
      execFileSync("ssh-add", ["-q", ssh.key], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
      const env = {
        ...lab.env,
        HOME: home,
        SSH_AUTH_SOCK: socket,
        GIT_SSH_COMMAND: `touch ${mark}`,
        GIT_SSH: "/bin/false",
      };
      Object.assign(lab.env, env);
      configure({ "ssh-key": ssh.otherKey() });
      expect(await unreachable()).toContain("Permission denied (publickey");
      configure();
      await lab.json(0, "daemon", "fetch");
      expect(existsSync(mark)).toBe(false);
    } finally {
      process.kill(Number(pid));
    }
    chownSync(ssh.knownHosts, 12_345, 12_345);
    expect(statSync(ssh.knownHosts).uid).toBe(12_345);
    expect(await lab.json(4, "daemon", "fetch")).toMatchObject({ error: { code: "ssh-files-of-another" } });
  });

  it("needs both files, and an address that is none is refused", async () => {
    for (const [repository, said] of [
      [`ssh://root@127.0.0.1${lab.repo.bare}`, "needs both `ssh-key` and `known-hosts`"],
      ["ssh://-oProxyCommand=x/y", "is not an https, http, ssh or file address"],
      ["ssh://user:secret@host/path", "is not an https, http, ssh or file address"],
      ["git@host:path", "is not an https, http, ssh or file address"],
    ] as const) {
      lab.configure({ repository });
      const { error } = (await lab.json(3, "daemon", "fetch")) as { error: { details: string[] } };
      expect(JSON.stringify(error)).toContain(said);
    }
  });
});
