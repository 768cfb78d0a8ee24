import { createReadStream, statSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join, normalize } from "node:path";

/** What a server does wrong with the paths that match. */
export interface Fault {
  readonly match: RegExp;
  /** `truncate` closes after half the bytes that it announced; `stall` sends half and goes silent; `corrupt` sends other bytes of the same length. */
  readonly kind: "truncate" | "stall" | "missing" | "corrupt" | "error";
}

export interface FaultServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Paths asked for, in order. */
  readonly requests: readonly string[];
  fail(...faults: readonly Fault[]): void;
  close(): Promise<void>;
}

/** Serves a folder on the loopback interface, as well or as badly as the test wants. */
export async function serveFolder(folder: string): Promise<FaultServer> {
  let faults: readonly Fault[] = [];
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? "/", "http://x").pathname));
    requests.push(path);
    const fault = faults.find(({ match }) => match.test(path));
    if (fault?.kind === "error") return void response.writeHead(503).end("busy");
    const size = fault?.kind === "missing" ? undefined : statSync(join(folder, path), { throwIfNoEntry: false })?.size;
    if (size === undefined) return void response.writeHead(404).end("no such file");
    response.writeHead(200, { "content-length": size });
    send(join(folder, path), size, fault, response);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
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

function send(path: string, size: number, fault: Fault | undefined, response: ServerResponse): void {
  if (fault === undefined) return void createReadStream(path).pipe(response);
  if (fault.kind === "corrupt") return void response.end(Buffer.alloc(size, "x"));
  const half = createReadStream(path, { end: Math.max(0, Math.floor(size / 2) - 1) });
  half.pipe(response, { end: false });
  if (fault.kind === "truncate") half.on("end", () => response.write("", () => response.destroy()));
}
