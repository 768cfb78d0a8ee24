import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A file on the loopback interface, for a program that takes its bytes from a server only. */
export interface ServedFile {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  close(): Promise<void>;
}

/** Serves the file under this path, and nothing under any other, until it is closed. System errors pass. */
export async function servedFile(file: string, path: string): Promise<ServedFile> {
  const server = createServer((request, response) => {
    if (request.url !== path || !["GET", "HEAD"].includes(request.method ?? "")) return response.writeHead(404).end();
    response.writeHead(200, {
      "content-length": statSync(file).size,
      "content-type": "application/octet-stream",
    });
    if (request.method === "HEAD") return response.end();
    createReadStream(file)
      .on("error", () => response.destroy())
      .pipe(response);
  });
  await new Promise<void>((ready, failed) => {
    server.once("error", failed);
    server.listen(0, "127.0.0.1", ready);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((closed) => {
        server.closeAllConnections();
        server.close(() => closed());
      }),
  };
}
