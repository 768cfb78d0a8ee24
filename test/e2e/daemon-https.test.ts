import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { createServer, type Server } from "node:tls";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFollowLab, type FollowLab } from "../support/daemon-lab.ts";
import { GIT_NEEDS } from "../support/git-lab.ts";
import { needs } from "../support/needs.ts";
import { OMG } from "../support/omg-lab.ts";

const HERE = needs(...GIT_NEEDS, "util-linux", "ca-certificates", "root");
const LOCK = "version: 1\nname: lab\naliases: { ll: ls -l }\n";
/** Whom the system believes, as libcurl reads it. */
const BUNDLE = "/etc/ssl/certs/ca-certificates.crt";

let lab: FollowLab;
let server: Server;
let certificate: string;
beforeEach(async () => {
  if (!HERE) return;
  lab = await createFollowLab();
  server = await inFrontOf(lab.repo.url);
  const { port } = server.address() as AddressInfo;
  lab.configure({ repository: `https://127.0.0.1:${port}/repository.git` });
});
afterEach(async () => {
  server?.close();
  await lab?.close();
});

/** Real TLS before the lab's git server. */
async function inFrontOf(url: string): Promise<Server> {
  const folder = join(lab.repo.folder, "tls");
  mkdirSync(folder);
  certificate = join(folder, "cert.pem");
  const kind = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
  const who = ["-subj", "/CN=git", "-addext", "subjectAltName=IP:127.0.0.1"];
  const files = ["-keyout", join(folder, "key.pem"), "-out", certificate];
  // It comes with ca-certificates.
  execFileSync("/usr/bin/openssl", [...kind, ...who, ...files], { stdio: "pipe" });
  const keys = { key: readFileSync(join(folder, "key.pem")), cert: readFileSync(certificate) };
  const front = createServer(keys, (socket) => {
    const git = connect(Number(new URL(url).port), "127.0.0.1");
    for (const each of [socket, git]) each.on("error", () => each.destroy());
    socket.pipe(git).pipe(socket);
  });
  // Who does not believe it hangs up.
  front.on("tlsClientError", () => undefined);
  await new Promise<void>((ready) => front.listen(0, "127.0.0.1", ready));
  return front;
}

/** A fetch on a machine whose administrator believes this certificate, or an empty list. */
async function fetchBelieving(
  believed: string,
  more: Readonly<Record<string, string>> = {},
): Promise<{ readonly [name: string]: unknown }> {
  const inside = `mount --bind "$0" ${BUNDLE} && exec "$@"`;
  const words = ["--mount", "sh", "-c", inside, believed, process.execPath, OMG, "daemon", "fetch", "--json"];
  return new Promise((resolve) => {
    execFile("unshare", words, { cwd: "/", env: { ...lab.env, ...more } }, (_, stdout) => resolve(JSON.parse(stdout)));
  });
}

describe.runIf(HERE)("a repository that is reached by https", () => {
  it("is followed where the system believes the server's certificate, and not fetched where it does not", async () => {
    const first = lab.repo.commit({ "omg.lock": LOCK }, lab.alice);
    lab.repo.push();
    expect(await fetchBelieving("/dev/null")).toMatchObject({
      error: { code: "repository-unreachable", details: [expect.stringMatching(/certificate/i)] },
    });
    expect(lab.repo.requests).toEqual([]);
    expect(await fetchBelieving(certificate)).toMatchObject({ news: "first", newest: { commit: first } });
    const second = lab.repo.commit({ "omg.lock": LOCK.replace("ls -l", "ls -al") }, lab.alice);
    lab.repo.push();
    const { lock, ...result } = await fetchBelieving(certificate);
    expect(result).toMatchObject({ news: "newer", verified: 1, newest: { commit: second } });
    expect(readFileSync(String(lock), "utf8")).toContain("ls -al");
    // Of whoever asks, the environment has no say in that.
    expect(await fetchBelieving("/dev/null", { GIT_SSL_NO_VERIFY: "1", GIT_SSL_CAINFO: certificate })).toMatchObject({
      error: { code: "repository-unreachable" },
    });
  });
});
