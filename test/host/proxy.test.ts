import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, request } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { type AddressInfo, connect, type Server } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { sha256 } from "../../host/digest.ts";
import { download } from "../../host/download.ts";
import { environmentRouting, proxyFor } from "../../host/proxy.ts";
import { needs } from "../support/needs.ts";
import { bundleScript, startScript, temporaryFolder } from "./bundle.ts";

const content = "through the proxy";

async function listen(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

interface Proxy {
  readonly port: number;
  readonly asked: { readonly line: string; readonly authorization: string | undefined }[];
}

/** These proxies, and every address asked once. */
function once(env: Record<string, string>) {
  return { routing: environmentRouting(env), retries: 0 };
}

/** A real forward proxy that takes every host for the one at `port` of this machine. */
async function startProxy(port: number, refuse = false): Promise<Proxy> {
  const asked: Proxy["asked"] = [];
  const note = (incoming: IncomingMessage): void => {
    const line = `${incoming.method} ${incoming.url} for ${incoming.headers.host}`;
    asked.push({ line, authorization: incoming.headers["proxy-authorization"] });
  };
  const proxy = createServer((incoming, response) => {
    note(incoming);
    const { pathname } = new URL(incoming.url ?? "");
    request({ port, path: pathname, headers: incoming.headers }, (answer) => answer.pipe(response)).end();
  });
  proxy.on("connect", (incoming, socket) => {
    note(incoming);
    if (refuse) return socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    const onward = connect(port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      onward.pipe(socket).pipe(onward);
    });
    onward.on("error", () => socket.destroy());
    socket.on("error", () => onward.destroy());
  });
  return { port: await listen(proxy), asked };
}

test("http goes to the proxy with the whole address, and the host's name is not resolved here", async () => {
  const origin = await listen(createServer((_incoming, response) => response.end(content)));
  const proxy = await startProxy(origin);
  const to = join(temporaryFolder(), "file");
  const env = { http_proxy: `http://ann:p%40ss@127.0.0.1:${proxy.port}` };
  await download({ urls: ["http://repo.invalid/pool/a%20b"], sha256: sha256(content) }, to, once(env));
  expect(readFileSync(to, "utf8")).toBe(content);
  expect(proxy.asked).toEqual([
    {
      line: "GET http://repo.invalid/pool/a%20b for repo.invalid",
      authorization: `Basic ${Buffer.from("ann:p@ss").toString("base64")}`,
    },
  ]);
});

test("a proxy that says no, one that is down, and one of a kind that we cannot use", async () => {
  const proxy = await startProxy(1, true);
  const attempt = (address: string, env: Record<string, string>) =>
    download({ urls: [address], sha256: sha256(content) }, join(temporaryFolder(), "file"), once(env)).catch(
      (error) => {
        return (error.cause as AggregateError).errors[0].reason;
      },
    );
  expect(await attempt("https://repo.invalid/x", { https_proxy: `127.0.0.1:${proxy.port}` })).toBe("proxy");
  expect(await attempt("https://repo.invalid/x", { https_proxy: "http://127.0.0.1:1" })).toBe("connection-refused");
  expect(await attempt("http://repo.invalid/x", { http_proxy: "socks5://127.0.0.1:1" })).toBe("proxy");
});

test("a login goes to the host that it is for, and along no redirect to another", async () => {
  const seen: (string | undefined)[] = [];
  const second = await listen(
    createServer((incoming, response) => {
      seen.push(incoming.headers.authorization);
      response.end(content);
    }),
  );
  const first = await listen(
    createServer((incoming, response) => {
      seen.push(incoming.headers.authorization);
      response.writeHead(302, { location: `http://127.0.0.1:${second}/x` }).end();
    }),
  );
  const login = { user: "ann", password: "p:ss" };
  const routing = {
    proxyFor: () => undefined,
    credentialsFor: ({ port }: URL) => (port === String(first) ? login : undefined),
  };
  const request = (address: string) => ({ urls: [address], sha256: sha256(content) });
  const own = `Basic ${Buffer.from("ann:p:ss").toString("base64")}`;
  await download(request(`http://127.0.0.1:${first}/x`), join(temporaryFolder(), "file"), { routing });
  expect(seen).toEqual([own, undefined]);
  // What stands in the address comes before what is kept for its host.
  await download(request(`http://bob:x@127.0.0.1:${first}/x`), join(temporaryFolder(), "file"), { routing });
  expect(seen.slice(2)).toEqual([`Basic ${Buffer.from("bob:x").toString("base64")}`, undefined]);
});

describe.runIf(needs("ca-certificates"))("https", () => {
  /** openssl comes with ca-certificates. The trust of Node is fixed when it starts, so the download runs in a process of its own. */
  async function secureWorld() {
    const folder = temporaryFolder();
    execFileSync(
      "/usr/bin/openssl",
      "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=repo -addext subjectAltName=DNS:repo.invalid,IP:127.0.0.1 -keyout key.pem -out cert.pem".split(
        " ",
      ),
      { cwd: folder, stdio: "ignore" },
    );
    const [key, cert] = [readFileSync(join(folder, "key.pem")), readFileSync(join(folder, "cert.pem"))];
    const origin = await listen(
      createSecureServer({ key, cert }, (incoming, response) => {
        if (incoming.url === "/down") response.writeHead(302, { location: "http://127.0.0.1/x" }).end();
        else response.end(content);
      }),
    );
    const script = bundleScript(
      folder,
      `import { download } from "./host/download.ts";
       const [address, sha256, to] = process.argv.slice(2);
       await download({ urls: [address], sha256 }, to, { retries: 0 }).then(
         () => console.log("fetched"),
         (error) => console.log(error.cause.errors[0].reason),
       );`,
    );
    let count = 0;
    const fetch = async (address: string, env: Record<string, string> = {}): Promise<string> => {
      const child = startScript(script, [address, sha256(content), join(folder, `file${count++}`)], env);
      return (await child.ended).output.trim();
    };
    return { origin, fetch, trusted: { NODE_EXTRA_CA_CERTS: join(folder, "cert.pem") } };
  }

  test("only with a trusted certificate for that name, and never on to http", async () => {
    const { origin, fetch, trusted } = await secureWorld();
    expect(await fetch(`https://127.0.0.1:${origin}/x`, trusted)).toBe("fetched");
    expect(await fetch(`https://127.0.0.1:${origin}/x`)).toBe("certificate");
    expect(await fetch(`https://localhost:${origin}/x`, trusted)).toBe("certificate");
    expect(await fetch(`https://127.0.0.1:${origin}/down`, trusted)).toBe("redirect");
  });

  test("through CONNECT: the proxy sees the name alone, and the certificate is still checked", async () => {
    const { origin, fetch, trusted } = await secureWorld();
    const proxy = await startProxy(origin);
    const env = { ...trusted, https_proxy: `http://ann:secret@127.0.0.1:${proxy.port}` };
    expect(await fetch("https://repo.invalid/secret/path", env)).toBe("fetched");
    expect(proxy.asked).toEqual([
      {
        line: "CONNECT repo.invalid:443 for repo.invalid:443",
        authorization: `Basic ${Buffer.from("ann:secret").toString("base64")}`,
      },
    ]);
    expect(await fetch(`https://127.0.0.1:${origin}/x`, env)).toBe("fetched");
    expect(await fetch("https://other.invalid/x", env)).toBe("certificate");
    expect(proxy.asked).toHaveLength(3);
  });
});

describe("proxyFor", () => {
  const env = { http_proxy: "http://p:1", https_proxy: "p:2" };
  test.each([
    ["http://a.example/", env, "http://p:1/"],
    ["https://a.example/", env, "http://p:2/"],
    ["https://a.example/", { HTTPS_PROXY: "http://p:3" }, "http://p:3/"],
    // Upper case would let a CGI request's `Proxy:` header name the proxy.
    ["http://a.example/", { HTTP_PROXY: "http://p:3" }, undefined],
    ["http://a.example/", { http_proxy: "" }, undefined],
    ["http://a.example/", {}, undefined],
    ["http://a.example/", { ...env, no_proxy: "*" }, undefined],
    ["http://a.example/", { ...env, no_proxy: "b.example, a.example" }, undefined],
    ["http://a.example/", { ...env, NO_PROXY: ".example" }, undefined],
    ["http://a.example:8080/", { ...env, no_proxy: "a.example:8080" }, undefined],
    ["http://a.example/", { ...env, no_proxy: "a.example:8080" }, "http://p:1/"],
    ["http://aa.example/", { ...env, no_proxy: "a.example,,exampl" }, "http://p:1/"],
    ["http://127.0.0.1/", { ...env, no_proxy: "localhost,127.0.0.1" }, undefined],
  ])("%s with %j goes through %s", (address, variables, proxy) => {
    expect(proxyFor(new URL(address), variables)?.href).toBe(proxy);
  });
});
