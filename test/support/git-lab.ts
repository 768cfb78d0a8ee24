import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Makes a commit's signature: what git has to be told for it. */
export type Signer = readonly string[];

/** A real git repository that others push to, and its server on loopback. */
export interface GitLab {
  /** Of everything; whoever fetches may go through it. */
  readonly folder: string;
  /** The work tree that commits are made in. */
  readonly work: string;
  readonly bare: string;
  /** `file:` and `http:` address of the same repository. */
  readonly fileUrl: string;
  readonly url: string;
  /** A key that ssh-keygen made. */
  sshKey(name: string, type?: readonly string[]): { readonly signer: Signer; readonly line: string };
  /** Commits these files (undefined: removed) on the current branch. @returns the commit */
  commit(files: Readonly<Record<string, string | undefined>>, signer?: Signer): string;
  /** Pushes what is checked out to `main`, or another name. */
  push(...options: readonly string[]): void;
  git(...args: readonly string[]): string;
  /** Of what was asked of the server, in order. */
  readonly requests: readonly string[];
  /** From now on the server answers so, or as it should. */
  answerWith(status: number | undefined): void;
  /** From now on it takes what it is asked and says nothing for ever; or no more. */
  hush(silent: boolean): void;
  /** From now on it answers only who has this `user:password`. */
  demand(login: string): void;
  close(): Promise<void>;
}

export const GIT_NEEDS = ["git", "openssh-client"] as const;

const ENV = {
  PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
  LC_ALL: "C.UTF-8",
  HOME: "/nonexistent",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_AUTHOR_NAME: "Alice",
  GIT_AUTHOR_EMAIL: "alice@omg.test",
  GIT_COMMITTER_NAME: "Alice",
  GIT_COMMITTER_EMAIL: "alice@omg.test",
};

/** Signs with gpg, whose folder this is. */
export function gpgSigner(home: string, key: string): Signer {
  return [`GNUPGHOME=${home}`, `user.signingkey=${key}`, "gpg.format=openpgp"];
}

export async function createGitLab(): Promise<GitLab> {
  const folder = mkdtempSync(join(tmpdir(), "omg-git-"));
  chmodSync(folder, 0o755);
  const [work, bare] = [join(folder, "work"), join(folder, "served", "repository.git")];
  const call = (cwd: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    execFileSync("git", args, { cwd, env: { ...ENV, ...env }, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  call(folder, ["init", "--quiet", "--bare", "--initial-branch=main", bare]);
  call(folder, ["init", "--quiet", "--initial-branch=main", work]);
  call(bare, ["config", "uploadpack.allowAnySHA1InWant", "true"]);
  const requests: string[] = [];
  let status: number | undefined;
  let isSilent = false;
  let authorization: string | undefined;
  const server = createServer((request, response) => {
    requests.push(request.url ?? "");
    if (isSilent) return;
    if (authorization !== undefined && request.headers.authorization !== authorization) response.writeHead(403).end();
    else if (status === undefined) backend(join(folder, "served"), request, response);
    else response.writeHead(status).end();
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    folder,
    work,
    bare,
    requests,
    fileUrl: `file://${bare}`,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/repository.git`,
    answerWith: (next) => {
      status = next;
    },
    hush: (silent) => {
      isSilent = silent;
    },
    demand: (login) => {
      authorization = `Basic ${Buffer.from(login).toString("base64")}`;
    },
    sshKey: (name, type = ["-t", "ed25519"]) => {
      const file = join(folder, `key-${name}`);
      execFileSync("ssh-keygen", ["-q", "-N", "", "-C", name, "-f", file, ...type], { env: ENV });
      const key = readFileSync(`${file}.pub`, "utf8").trim();
      return { signer: ["gpg.format=ssh", `user.signingkey=${file}.pub`], line: `${name}@omg.test ${key}\n` };
    },
    commit: (files, signer) => {
      for (const [name, text] of Object.entries(files)) put(join(work, name), text);
      call(work, ["add", "--all"]);
      const settings = (signer ?? []).filter((each) => !each.startsWith("GNUPGHOME="));
      const home = signer?.find((each) => each.startsWith("GNUPGHOME="))?.slice("GNUPGHOME=".length);
      const sign = signer === undefined ? [] : ["--gpg-sign"];
      const args = [...settings.flatMap((each) => ["-c", each]), "commit", "--quiet", "--allow-empty", "-m", "change"];
      call(work, [...args, ...sign], home === undefined ? {} : { GNUPGHOME: home });
      return call(work, ["rev-parse", "HEAD"]).trim();
    },
    push: (...options) => {
      call(work, ["push", "--quiet", ...options.filter((each) => each.startsWith("-")), bare, ...targets(options)]);
    },
    git: (...args) => call(work, args).trim(),
    close: async () => {
      await closed(server);
      rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    },
  };
}

function targets(options: readonly string[]): readonly string[] {
  const named = options.filter((each) => !each.startsWith("-"));
  return named.length === 0 ? ["HEAD:refs/heads/main"] : named;
}

function put(path: string, text: string | undefined): void {
  if (text === undefined) {
    rmSync(path, { force: true });
    return;
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** git-http-backend(1), by the Common Gateway Interface (RFC 3875). */
function backend(root: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? "/", "http://git");
  const child: ChildProcess = spawn("git", ["http-backend"], {
    env: {
      ...ENV,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method ?? "GET",
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
      ...(request.headers["content-encoding"] === undefined
        ? {}
        : { HTTP_CONTENT_ENCODING: request.headers["content-encoding"] }),
    },
  });
  if (child.stdin !== null) request.pipe(child.stdin);
  child.stdin?.on("error", () => undefined);
  const chunks: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.once("close", () => {
    const answer = Buffer.concat(chunks);
    const end = answer.indexOf("\r\n\r\n");
    const headers = answer
      .toString("latin1", 0, Math.max(end, 0))
      .split("\r\n")
      .map((line) => line.split(": "));
    const code = Number(headers.find(([name]) => name === "Status")?.[1]?.slice(0, 3) ?? "200");
    const rest = headers.filter(([name, value]) => name !== "Status" && value !== undefined);
    response.writeHead(code, Object.fromEntries(rest) as Record<string, string>).end(answer.subarray(end + 4));
  });
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((done) => server.close(() => done()));
}
