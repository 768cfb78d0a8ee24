import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";

/** A real sshd on loopback, and the keys for it. */
export interface SshServer {
  readonly port: number;
  /** The client's private key, and the line of `known_hosts` for this server. */
  readonly key: string;
  readonly knownHosts: string;
  /** What sshd wrote, of all connections. */
  log(): string;
  /** A further key that the server does not know. */
  otherKey(): string;
  close(): Promise<void>;
}

export const SSHD_NEEDS = ["openssh-server", "openssh-client", "root"] as const;

/** It answers each connection with a process of its own (sshd(8), -i), so no port has to be found. @param folder for its files */
export async function createSshServer(folder: string): Promise<SshServer> {
  const place = (name: string) => join(folder, name);
  mkdirSync(folder, { recursive: true });
  // sshd insists on it, and on Debian systemd makes it.
  if (!existsSync("/run/sshd")) mkdirSync("/run/sshd", { mode: 0o755 });
  const keygen = (name: string) => {
    execFileSync("ssh-keygen", ["-q", "-N", "", "-t", "ed25519", "-f", place(name)]);
    return place(name);
  };
  const [host, client] = [keygen("host"), keygen("client")];
  copyFileSync(`${client}.pub`, place("authorized"));
  writeFileSync(
    place("sshd_config"),
    [
      `HostKey ${host}`,
      `AuthorizedKeysFile ${place("authorized")}`,
      "StrictModes no",
      "UsePAM no",
      "PasswordAuthentication no",
      "PermitRootLogin prohibit-password",
      "LogLevel VERBOSE",
      "",
    ].join("\n"),
  );
  const running = new Set<ChildProcess>();
  let log = "";
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    const child = spawn("/usr/sbin/sshd", ["-i", "-e", "-f", place("sshd_config")], {
      stdio: [socket, socket, "pipe"],
    });
    running.add(child);
    child.stderr?.on("data", (chunk: Buffer) => {
      log += chunk.toString();
    });
    child.once("close", () => {
      running.delete(child);
      socket.destroy();
    });
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address() as AddressInfo;
  const [type = "", key = ""] = readFileSync(`${host}.pub`, "utf8").split(" ");
  writeFileSync(place("known_hosts"), `[127.0.0.1]:${port} ${type} ${key}\n`);
  chmodSync(client, 0o600);
  return {
    port,
    key: client,
    knownHosts: place("known_hosts"),
    log: () => log,
    otherKey: () => keygen("other"),
    close: async () => {
      for (const child of running) child.kill();
      await new Promise((done) => server.close(done));
    },
  };
}
