import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type BundleMachine, createBundleMachine, LOCK, PASSPHRASE_FILE, RECEIVE } from "../support/bundle-lab.ts";
import { needs } from "../support/needs.ts";

describe("a bundle by a server", () => {
  let alice: BundleMachine;
  let bob: BundleMachine;
  let server: Server;
  let url: string;
  let stored: Buffer | undefined;
  const answers = { status: 201, location: "" };
  const asked: string[] = [];
  beforeEach(async () => {
    [alice, bob] = [createBundleMachine(), createBundleMachine()];
    alice.put("omg.lock", LOCK);
    stored = undefined;
    Object.assign(answers, { status: 201, location: "" });
    asked.length = 0;
    server = createServer((request, response) => {
      asked.push(`${request.method} ${request.headers.authorization ?? ""}`);
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        if (answers.location !== "") response.setHeader("location", answers.location);
        if (request.method === "PUT" && answers.status === 201) stored = Buffer.concat(parts);
        response.writeHead(request.method === "PUT" ? answers.status : stored === undefined ? 404 : 200);
        response.end(request.method === "GET" ? stored : undefined);
      });
    });
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/bundles/web-team`;
  });
  afterEach(() => {
    for (const machine of [alice, bob]) machine.dispose();
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  });
  const share = (code: number, ...more: readonly string[]) =>
    alice.expect(code, "team", "share", "--yes", ...PASSPHRASE_FILE, "--url", url, ...more);

  it("is put there with the token, and had from there", async () => {
    alice.put("../token", "s3cret-t0ken\n");
    bob.put("../token", "s3cret-t0ken\n");
    await share(0, "--token-file", "../token");
    await bob.expect(0, ...RECEIVE, url, "--token-file", "../token", "--from", await alice.key());
    expect(asked).toEqual(["PUT Bearer s3cret-t0ken", "GET Bearer s3cret-t0ken"]);
    expect(bob.read("omg.lock")).toBe(LOCK);
  });

  it("follows no redirect, and says what the server answered", async () => {
    Object.assign(answers, { status: 307, location: `${url}/elsewhere` });
    expect((await share(8)).stderr).toContain("redirect");
    Object.assign(answers, { status: 403, location: "" });
    expect((await share(8)).stderr).toContain("403");
    expect(asked).toHaveLength(2);
    expect((await bob.expect(8, ...RECEIVE, url)).stderr).toContain("404");
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    expect((await share(8)).stderr).toContain("refused");
  });

  it("speaks http to this machine alone", async () => {
    for (const address of ["http://example.org/x", "ftp://127.0.0.1/x", "nothing"])
      await alice.expect(1, "team", "share", "--yes", ...PASSPHRASE_FILE, "--url", address);
    await bob.expect(1, ...RECEIVE, "http://example.org/x");
  });
});

it.runIf(needs("ca-certificates"))(
  "a bundle goes by https to a server whose certificate is trusted, and to no other",
  async () => {
    const [alice, bob] = [createBundleMachine(), createBundleMachine()];
    alice.put("omg.lock", LOCK);
    const at = (name: string) => join(alice.project, "..", name);
    // openssl comes with ca-certificates.
    const subject = ["-subj", "/CN=bundles", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"];
    const kind = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    execFileSync("/usr/bin/openssl", [...kind, ...subject, "-keyout", at("key.pem"), "-out", at("cert.pem")], {
      stdio: "ignore",
    });
    let stored = Buffer.alloc(0);
    const tls = { key: readFileSync(at("key.pem")), cert: readFileSync(at("cert.pem")) };
    const server = createSecureServer(tls, (request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        if (request.method === "PUT") stored = Buffer.concat(parts);
        response.end(request.method === "GET" ? stored : undefined);
      });
    });
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    try {
      const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/x`;
      const share = ["team", "share", "--yes", ...PASSPHRASE_FILE, "--url", url];
      expect((await alice.expect(8, ...share)).stderr).toContain("TLS failed");
      expect(stored).toHaveLength(0);
      const env = { NODE_EXTRA_CA_CERTS: at("cert.pem") };
      expect(await alice.omg(share, { env })).toMatchObject({ code: 0 });
      expect(stored.length).toBeGreaterThan(1000);
      const receive = [...RECEIVE, url, "--from", await alice.key()];
      expect(await bob.omg(receive, { env })).toMatchObject({ code: 0 });
      expect(bob.read("omg.lock")).toBe(LOCK);
    } finally {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      for (const machine of [alice, bob]) machine.dispose();
    }
  },
);
