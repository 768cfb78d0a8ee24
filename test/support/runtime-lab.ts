import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { answerBadly, type FaultKind } from "./fault-server.ts";
import { GpgHome } from "./gpg-home.ts";
import { type OmgOptions, type OmgRun, runOmg } from "./omg-lab.ts";

/** What a publisher's server has: paths, with the question where that has an answer of its own: bytes, a status and headers, or bytes and what goes wrong with them. */
export type Served =
  | Buffer
  | string
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  | { readonly body: Buffer; readonly fault: FaultKind };

export interface PublisherServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly files: Map<string, Served>;
  /** `PATH STATUS` of each request, in order. */
  readonly requests: string[];
  /** Headers of the newest request for each path. */
  readonly asked: Map<string, IncomingMessage["headers"]>;
  close(): Promise<void>;
}

/** Publishers' files on the loopback interface, with the tags that publishers' servers give. */
async function publisherServer(): Promise<PublisherServer> {
  const files = new Map<string, Served>();
  const requests: string[] = [];
  const asked = new Map<string, IncomingMessage["headers"]>();
  const server = createServer((request, response) => {
    const path = decodeURIComponent((request.url ?? "").replace(/\?.*$/, ""));
    const found = files.get(request.url ?? "") ?? files.get(path);
    asked.set(path, request.headers);
    const answer = (status: number, headers: Readonly<Record<string, string | number>>, body: Buffer | string = "") => {
      requests.push(`${path} ${status}`);
      response.writeHead(status, headers).end(body);
    };
    if (found === undefined) return answer(404, {});
    if (typeof found === "object" && "status" in found) return answer(found.status, found.headers ?? {});
    if (typeof found === "object" && "fault" in found)
      return answerBadly({ body: found.body, request, response }, found.fault);
    const body = Buffer.from(found);
    const etag = `"${createHash("sha256").update(body).digest("hex").slice(0, 16)}"`;
    if (request.headers["if-none-match"] === etag) return answer(304, { etag });
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    if (from === 0) return answer(200, { etag, "content-length": body.length }, body);
    const range = `bytes ${from}-${body.length - 1}/${body.length}`;
    answer(206, { "content-range": range, "content-length": body.length - from }, body.subarray(from));
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    files,
    requests,
    asked,
    close: () =>
      new Promise((closed) => {
        server.closeAllConnections();
        server.close(() => closed());
      }),
  };
}

/** The real omg with folders of its own, a publisher's server, and a real gpg to sign as the publisher. */
export interface RuntimeLab {
  readonly folder: string;
  /** Where omg runs. */
  readonly project: string;
  readonly home: string;
  /** The user's data folder. */
  readonly data: string;
  readonly env: Readonly<Record<string, string>>;
  readonly server: PublisherServer;
  readonly gpg: GpgHome;
  /** Fingerprint of the publisher's key. */
  readonly key: string;
  omg(args: readonly string[], options?: OmgOptions & { readonly cwd?: string }): Promise<OmgRun>;
  /** As `omg`, and throws with everything it printed unless it exits with `code`. */
  expect(code: number, ...args: readonly string[]): Promise<OmgRun>;
  /** Writes the user's keys for a runtime: the publisher's own key, or these; none takes the file away. */
  trust(runtime: string, keys?: readonly string[]): void;
  config(text: string): void;
  dispose(): Promise<void>;
}

/** @param before folders that come first in PATH, below the lab's own */
export async function createRuntimeLab(before: readonly string[] = []): Promise<RuntimeLab> {
  const folder = mkdtempSync(join(tmpdir(), "omg-runtimes-"));
  const at = (name: string) => join(folder, name);
  for (const name of ["project", "home", "config/trust/runtimes", "config/user/trust/runtimes"])
    mkdirSync(at(name), { recursive: true });
  const server = await publisherServer();
  const gpg = new GpgHome();
  const key = gpg.makeKey("publisher", { at: new Date(Date.now() - 86_400_000) });
  const env = {
    PATH: [...before.map(at), "/usr/sbin", "/usr/bin", "/sbin", "/bin"].join(":"),
    HOME: at("home"),
    LC_ALL: "C.UTF-8",
    OMG_CONFIG_DIR: at("config"),
    OMG_DATA_DIR: at("data"),
    OMG_STATE_DIR: at("state"),
    OMG_CACHE_DIR: at("cache"),
    OMG_RUNTIME_DIR: at("runtime"),
  };
  const isRoot = process.getuid?.() === 0;
  const own = (name: string) => (isRoot ? join(at(name), "user") : at(name));
  const omg: RuntimeLab["omg"] = (args, options = {}) =>
    runOmg(args, options.cwd ?? at("project"), { ...env, ...options.env }, options);
  return {
    folder,
    project: at("project"),
    home: at("home"),
    data: own("data"),
    env,
    server,
    gpg,
    key,
    omg,
    expect: async (code, ...args) => {
      const ran = await omg(args);
      if (ran.code !== code)
        throw new Error(
          `omg ${args.join(" ")} ended with ${ran.code ?? ran.signal}, not ${code}\n${ran.stdout}\n${ran.stderr}`,
        );
      return ran;
    },
    trust: (runtime, keys = [key]) => {
      const file = join(own("config"), "trust/runtimes", `${runtime}.asc`);
      rmSync(file, { force: true });
      if (keys.length > 0) gpg.exportTo(file, keys, "armour");
    },
    config: (text) => writeFileSync(join(own("config"), "config.toml"), text),
    dispose: async () => {
      await server.close();
      gpg.dispose();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Signs a text in itself, as the publisher. */
export function clearsigned(
  { gpg, folder, key }: Pick<RuntimeLab, "gpg" | "folder" | "key">,
  text: string,
  keys = [key],
): Buffer {
  const [from, to] = [join(folder, "to-sign"), join(folder, "signed")];
  writeFileSync(from, text);
  return readFileSync(gpg.clearsign(from, to, { keys, at: new Date(Date.now() - 3_600_000) }));
}

/** A detached signature over these bytes. */
export function detached(
  { gpg, folder, key }: Pick<RuntimeLab, "gpg" | "folder" | "key">,
  bytes: Buffer | string,
  form: "binary" | "armour" = "armour",
): Buffer {
  const [from, to] = [join(folder, "to-sign"), join(folder, "signed")];
  writeFileSync(from, bytes);
  return readFileSync(gpg.detach(from, to, { keys: [key], at: new Date(Date.now() - 3_600_000) }, form));
}

export function hashOf(bytes: Buffer | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}
