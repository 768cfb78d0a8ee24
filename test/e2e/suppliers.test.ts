import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { createOmgLab, lockOf, type OmgLab } from "../support/omg-lab.ts";
import { expectRefusal, omgPath } from "../support/refusal.ts";

const HERE = needs("apt-utils", "ca-certificates", "gpg", "root");
const SECRET = "s3cr3t-of-ann";
const RIGHT = `Basic ${Buffer.from(`ann:${SECRET}`).toString("base64")}`;

let lab: OmgLab;
const servers: Server[] = [];
const asked: string[] = [];
let port = 0;
let securePort = 0;

describe.runIf(HERE)("packages from", () => {
  beforeAll(async () => {
    const ca = makeCertificate();
    lab = await createOmgLab({
      conf: `Acquire::Retries "0"; Acquire::https::CAInfo "${ca.cert}";`,
    });
    const handler = (wanted?: string) => (request: IncomingMessage, response: ServerResponse) => {
      asked.push(`${request.url} ${request.headers["user-agent"]}`);
      if (wanted !== undefined && request.headers.authorization !== wanted)
        return void response.writeHead(401, { "www-authenticate": 'Basic realm="x"' }).end();
      const file = join(lab.apt.repo.path, decodeURIComponent(new URL(request.url ?? "", "http://x").pathname));
      if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return void response.writeHead(404).end();
      response.end(readFileSync(file));
    };
    port = await listen(createServer(handler(RIGHT)));
    const tls = { key: readFileSync(ca.key), cert: readFileSync(ca.cert) };
    securePort = await listen(createSecureServer(tls, handler()));
  });
  afterAll(async () => {
    for (const server of servers) server.close();
    await lab.dispose();
  });

  async function from(uri: string): Promise<void> {
    const file = join(lab.apt.root, "etc/apt/sources.list.d/omg.sources");
    writeFileSync(file, readFileSync(file, "utf8").replace(/^URIs: .*$/m, `URIs: ${uri}`));
    await lab.apt.aptOk("update");
    asked.length = 0;
  }
  const login = (text: string) =>
    writeFileSync(join(lab.apt.root, "etc/apt/auth.conf"), text.replaceAll("HOST", `http://127.0.0.1:${port}`));
  const wants = (...names: readonly string[]) =>
    lab.writeLock(lockOf(Object.fromEntries(names.map((name) => [name, "1.0"]))));
  const status = async (name: string) => (await lab.apt.installed()).get(name)?.status;
  /** Neither in what was said nor in all that omg remembers, and the project with its plan. */
  const nothingKept = (...texts: readonly string[]) => {
    const folders = [omgPath(lab, "data"), omgPath(lab, "state"), lab.project];
    const { status: code } = spawnSync("grep", ["-rqaE", `${SECRET}|${RIGHT.slice(6)}`, ...folders]);
    expect(code).toBe(1); // grep(1): nothing was found
    expect(texts.filter((text) => text.includes(SECRET))).toEqual([]);
  };

  it("a server that wants a login: auth.conf has it, and no plan, log or message", async () => {
    login(`machine HOST login ann password ${SECRET}\n`);
    await from(`http://127.0.0.1:${port}`);
    wants("omg-base");
    const plan = await lab.expect(0, "plan", "--json");
    const { stdout, stderr } = await lab.expect(0, "apply", "--yes");
    expect(await status("omg-base")).toBe("ii");
    expect(asked).toEqual([expect.stringMatching(/omg-base_1\.0.* omg$/)]);
    nothingKept(plan.stdout, stdout, stderr);
  });

  it("a server whose login is wrong: refused, and the login is not told", async () => {
    login(`machine HOST login ann password not-${SECRET}\n`);
    wants("omg-base", "omg-lib");
    const { stdout, stderr } = await expectRefusal(lab, { exit: 8, says: ["answered 401", "apt_auth.conf"] });
    nothingKept(stdout, stderr);
  });

  it("a source with the login in its address", async () => {
    login("");
    await from(`http://ann:${SECRET}@127.0.0.1:${port}`);
    const plan = await lab.expect(0, "plan", "--json");
    const { stdout, stderr } = await lab.expect(0, "apply", "--yes");
    expect(await status("omg-lib")).toBe("ii");
    nothingKept(plan.stdout, stdout, stderr);
  });

  it("a mirror list, which only apt's own method reads", async () => {
    const list = join(lab.apt.folder, "mirrors.txt");
    writeFileSync(list, `file://${lab.apt.repo.path}/\n`);
    await from(`mirror+file:${list}`);
    wants("omg-base", "omg-lib", "omg-script", "omg-epoch");
    lab.writeLock(lockOf({ "omg-base": "1.0", "omg-lib": "1.0", "omg-script": "1.0", "omg-epoch": "1:0.5" }));
    await lab.expect(0, "apply", "--yes");
    expect([await status("omg-script"), await status("omg-epoch")]).toEqual(["ii", "ii"]);
    const { sha256, path } = lab.apt.repo.deb("omg-script", "1.0");
    const object = omgPath(lab, `data/store/sha256/${sha256.slice(0, 2)}/${sha256.slice(2)}`);
    expect(readFileSync(object).equals(readFileSync(path))).toBe(true);
    await lab.expect(0, "check");
  });

  it("a mirror list whose mirror lost the package: refused in apt's own words", async () => {
    const { path } = lab.apt.repo.deb("omg-eda", "1.0");
    const inPool = execFileSync("find", [lab.apt.repo.path, "-name", "omg-eda_1.0*"], { encoding: "utf8" }).trim();
    const bytes = readFileSync(path);
    lab.writeLock(`${lab.readLock()}    "omg-eda": "1.0"\n`);
    for (const spoilt of [Buffer.alloc(bytes.length, "x"), bytes.subarray(1)]) {
      execFileSync("rm", [inPool]);
      writeFileSync(inPool, spoilt);
      await expectRefusal(lab, {
        exit: 8,
        says: [/apt\.omg-eda 1\.0 could not be fetched/, /E: Failed to fetch|E: .*[Hh]ash/],
      });
    }
    writeFileSync(inPool, bytes);
    await lab.expect(0, "apply", "--yes");
    expect(await status("omg-eda")).toBe("ii");
  });

  it("a server whose certificate only apt is told to trust: apt fetches it", async () => {
    await from(`https://127.0.0.1:${securePort}`);
    lab.writeLock(`${lab.readLock()}    "omg-g++": "1.0"\n`);
    await lab.expect(0, "apply", "--yes");
    expect(await status("omg-g++")).toBe("ii");
    expect(asked.filter((line) => line.includes("omg-g"))).toEqual([expect.stringContaining("APT-HTTP")]);
    await lab.expect(0, "check");
    writeFileSync(
      lab.apt.aptConf,
      readFileSync(lab.apt.aptConf, "utf8").replace(/Acquire::https::CAInfo "[^"]*";/, ""),
    );
    lab.writeLock(`${lab.readLock()}    "omg-extra": "1.0"\n`);
    await expectRefusal(lab, { exit: 8, says: [/apt\.omg-extra 1\.0 could not be fetched/, /E: .*certificate/] });
  });
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return (server.address() as AddressInfo).port;
}

/** openssl comes with ca-certificates. */
function makeCertificate(): { readonly key: string; readonly cert: string } {
  const folder = execFileSync("mktemp", ["-d"], { encoding: "utf8" }).trim();
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const subject = ["-subj", "/CN=repo", "-addext", "subjectAltName=IP:127.0.0.1"];
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
  execFileSync("/usr/bin/openssl", ["req", "-x509", ...kind, ...subject, "-keyout", key, "-out", cert], {
    stdio: "ignore",
  });
  return { key, cert };
}
