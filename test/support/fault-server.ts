import { readFileSync, statSync } from "node:fs";
import {
  request as ask,
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { join, normalize } from "node:path";

export type FaultKind =
  /** Closes after half of the bytes that it announced. */
  | "truncate"
  /** Sends half and goes silent. */
  | "stall"
  /** Sends a byte now and then, and is never silent for long. */
  | "trickle"
  /** Sends what was asked for, and goes on for ever; names no length. */
  | "endless"
  /** Closes without an answer. */
  | "drop"
  /** Other bytes of the same length. */
  | "corrupt"
  | "missing"
  /** 503. */
  | "error"
  /** 500. */
  | "broken"
  /** 429 with Retry-After. */
  | "too-many"
  /** 304, which nobody asked for. */
  | "not-modified"
  /** 302 to where the right bytes are. */
  | "redirect"
  /** 302 to itself. */
  | "redirect-loop"
  /** 302 to a file of this machine. */
  | "redirect-to-file"
  /** 206 with all the bytes, although the whole was asked for. */
  | "unasked-part"
  /** Half, then for the rest a 206 that names and holds the bytes from the start. */
  | "wrong-range"
  /** Half, then for the rest a 206 that names the right bytes and holds others. */
  | "lying-range"
  /** Half, then 416 for the rest. */
  | "no-range"
  /** Half, then for the rest a 200 with all of it. */
  | "whole-again";

/** What a server does wrong with the paths that match. */
export interface Fault {
  readonly match: RegExp;
  readonly kind: FaultKind;
  /** How many requests it spoils before it is over. Default: all. */
  times?: number;
}

export interface FaultServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Paths asked for, in order. */
  readonly requests: readonly string[];
  /** `path Range` of each request, in order; `path` alone for the whole file. */
  readonly ranges: readonly string[];
  fail(...faults: readonly Fault[]): void;
  close(): Promise<void>;
}

/** Marks the request that a redirect leads to: it is answered well. */
const GOOD = "x-good=1";

/** Serves a folder on the loopback interface, as well or as badly as the test wants. */
export function serveFolder(folder: string): Promise<FaultServer> {
  return start(async (_request, path) => {
    const file = join(folder, path);
    return statSync(file, { throwIfNoEntry: false })?.isFile() ? readFileSync(file) : undefined;
  });
}

/** A forward proxy that asks the real server for the whole file, and passes it on as well or as badly as the test wants. */
export function startFaultProxy(): Promise<FaultServer> {
  return start(
    (request) =>
      new Promise((resolve, reject) => {
        const onward = ask(request.url ?? "", { headers: { host: request.headers.host } }, (answer) => {
          const chunks: Buffer[] = [];
          answer.on("data", (chunk: Buffer) => chunks.push(chunk));
          answer.on("end", () => resolve(answer.statusCode === 200 ? Buffer.concat(chunks) : undefined));
          answer.on("error", reject);
        });
        onward.on("error", reject);
        onward.end();
      }),
  );
}

type Bytes = (request: IncomingMessage, path: string) => Promise<Buffer | undefined>;

async function start(bytes: Bytes): Promise<FaultServer> {
  let faults: readonly Fault[] = [];
  const requests: string[] = [];
  const ranges: string[] = [];
  const listener: RequestListener = async (request, response) => {
    const url = new URL(request.url ?? "/", "http://x");
    const path = normalize(decodeURIComponent(url.pathname));
    const { range } = request.headers;
    requests.push(path);
    ranges.push(range === undefined ? path : `${path} ${range}`);
    const fault = url.search === `?${GOOD}` ? undefined : faults.find((one) => one.match.test(path) && one.times !== 0);
    if (fault?.times !== undefined) fault.times -= 1;
    const body = await bytes(request, path).catch(() => undefined);
    answerBadly({ body, request, response }, fault?.kind);
  };
  const server = createServer((request, response) => void listener(request, response));
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    ranges,
    fail: (...next) => {
      faults = next;
    },
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

interface Exchange {
  readonly body: Buffer | undefined;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Answers with the body, or as the fault has it. */
export function answerBadly(exchange: Exchange, kind: FaultKind | undefined): void {
  const { body, request, response } = exchange;
  const plain = (status: number, words: string, headers = {}) => void response.writeHead(status, headers).end(words);
  if (kind === "missing" || body === undefined) return void plain(404, "no such file");
  switch (kind) {
    case "drop":
      return void request.socket.destroy();
    case "error":
      return void plain(503, "busy");
    case "broken":
      return void plain(500, "broken");
    case "too-many":
      return void plain(429, "slowly", { "retry-after": "1" });
    case "not-modified":
      return void plain(304, "");
    case "redirect":
      return void plain(302, "there", { location: `${request.url}?${GOOD}` });
    case "redirect-loop":
      return void plain(302, "here", { location: request.url });
    case "redirect-to-file":
      return void plain(302, "inside", { location: "file:///etc/passwd" });
    case "unasked-part":
      return void part(response, body, `bytes 0-${body.length - 1}/${body.length}`);
    default:
      return void sendBytes(exchange, body, kind);
  }
}

function sendBytes({ request, response }: Exchange, body: Buffer, kind: FaultKind | undefined): void {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  if (kind === "trickle") return void trickle(response, body);
  if (kind === "endless") return void goOn(response, body);
  const sent = kind === "corrupt" ? Buffer.alloc(body.length, "x") : body;
  const half = kind === "truncate" || kind === "stall";
  if (from > 0 && !half) return void sendRest(response, sent, from, kind);
  const rest = sent.subarray(from);
  const range = { "content-range": `bytes ${from}-${body.length - 1}/${body.length}` };
  response.writeHead(from > 0 ? 206 : 200, { "content-length": rest.length, ...(from > 0 ? range : {}) });
  const breaks = half || /range|again/.test(kind ?? "");
  if (!breaks) return void response.end(rest);
  response.write(rest.subarray(0, Math.floor(rest.length / 2)), () => kind !== "stall" && response.destroy());
}

function trickle(response: ServerResponse, body: Buffer): void {
  response.writeHead(200, { "content-length": body.length });
  let at = 0;
  const timer = setInterval(() => response.write(body.subarray(at, ++at)), 50);
  response.once("close", () => clearInterval(timer));
}

function goOn(response: ServerResponse, body: Buffer): void {
  response.writeHead(200);
  response.write(body);
  const more = Buffer.alloc(1 << 16, "x");
  const send = () => {
    while (!response.destroyed && response.write(more));
    if (!response.destroyed) response.once("drain", send);
  };
  send();
}

/** What a request for the bytes from `from` on gets. */
function sendRest(response: ServerResponse, body: Buffer, from: number, kind: FaultKind | undefined): void {
  const { length } = body;
  const range = `bytes ${from}-${length - 1}/${length}`;
  if (kind === "no-range") return void response.writeHead(416, { "content-range": `bytes */${length}` }).end();
  if (kind === "whole-again") return void response.writeHead(200, { "content-length": length }).end(body);
  if (kind === "wrong-range") return void part(response, body, `bytes 0-${length - 1}/${length}`);
  if (kind === "lying-range") return void part(response, Buffer.alloc(length - from, "x"), range);
  part(response, body.subarray(from), range);
}

function part(response: ServerResponse, body: Buffer, range: string): void {
  response.writeHead(206, { "content-length": body.length, "content-range": range }).end(body);
}
