import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readFetchSettings } from "../../../../providers/apt/fetch/settings.ts";
import { readAptConfig } from "../../../../providers/apt/machine/config.ts";
import { needs } from "../../../support/needs.ts";

const folder = mkdtempSync(join(tmpdir(), "omg-settings-"));
beforeAll(() => {
  mkdirSync(join(folder, "etc/apt/auth.conf.d"), { recursive: true });
  writeFileSync(join(folder, "etc/apt/sources.list"), "deb http://ann:s%40cret@pool.example/debian stable main\n");
  writeFileSync(join(folder, "etc/apt/auth.conf"), "machine kept.example login bob password first\n");
  writeFileSync(
    join(folder, "etc/apt/auth.conf.d/a.conf"),
    "machine http://proxy.example:3128 login carl password via\n",
  );
  writeFileSync(join(folder, "etc/apt/auth.conf.d/ignored.txt"), "machine other.example login x password y\n");
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What apt-config itself makes of these lines. */
async function settings(conf: string, env: Record<string, string> = {}) {
  const file = join(folder, "apt.conf");
  writeFileSync(file, `Dir "${folder}/"; #clear Acquire::http; #clear Acquire::https;\n${conf}\n`);
  return readFetchSettings(await readAptConfig({ APT_CONFIG: file }), env);
}

const HTTP = "http://pool.example/debian/x.deb";
const HTTPS = "https://kept.example/x.deb";

describe.runIf(needs("apt"))("apt's own settings", () => {
  const proxy = async (conf: string, address: string, env: Record<string, string> = {}) =>
    (await settings(conf, env)).routing.proxyFor(new URL(address))?.href;

  it("name proxies: for all, for a host, for https, or none; then the environment counts", async () => {
    const all = 'Acquire::http::Proxy "http://a:1";';
    expect(await proxy(all, HTTP)).toBe("http://a:1/");
    expect(await proxy(all, HTTPS)).toBe("http://a:1/");
    expect(await proxy(`${all} Acquire::https::Proxy "http://b:2";`, HTTPS)).toBe("http://b:2/");
    expect(await proxy(`${all} Acquire::http::Proxy::pool.example "DIRECT";`, HTTP)).toBeUndefined();
    expect(await proxy(`${all} Acquire::http::Proxy::pool.example "http://c:3";`, HTTP)).toBe("http://c:3/");
    expect(await proxy('Acquire::http::Proxy "DIRECT";', HTTP, { http_proxy: "http://e:5" })).toBeUndefined();
    expect(await proxy("", HTTP, { http_proxy: "http://e:5" })).toBe("http://e:5/");
    expect(await proxy(all, HTTP, { http_proxy: "http://e:5" })).toBe("http://a:1/");
    expect(await proxy(all, HTTP, { no_proxy: "pool.example" })).toBeUndefined();
  });

  it("find the login of a proxy and of a host in auth.conf and its folder, and of a source in its own address", async () => {
    const { routing, unreadable } = await settings('Acquire::http::Proxy "http://proxy.example:3128";');
    expect(routing.proxyFor(new URL(HTTP))?.href).toBe("http://carl:via@proxy.example:3128/");
    const login = (address: string) => routing.credentialsFor(new URL(address));
    expect(login(HTTPS)).toMatchObject({ user: "bob", password: "first" });
    expect(login(HTTP)).toMatchObject({ user: "ann", password: "s@cret" });
    expect([login("http://pool.example/other/x"), login("https://other.example/x")]).toEqual([undefined, undefined]);
    expect(unreadable).toEqual([]);
  });

  it("say how long to wait, and how often to ask", async () => {
    expect(await settings("")).toMatchObject({ retries: 3 });
    const conf = 'Acquire::http::Timeout "7"; Acquire::Retries "0"; Acquire::Retries::Delay "false";';
    expect(await settings(conf)).toMatchObject({ timeoutMs: 7000, retries: 0, backoffMs: 0 });
  });

  it.each([
    ["Acquire::http::Proxy-Auto-Detect", "/bin/detect", false, false],
    ["Acquire::http::ProxyAutoDetect", "/bin/detect", false, false],
    ["Acquire::http::Proxy", "socks5h://a:1", false, false],
    ["Acquire::http::Proxy", "https://a:1", false, false],
    ["Acquire::https::Proxy", "https://a:1", true, false],
    ["Acquire::https::CAInfo", "/ca.pem", true, false],
    ["Acquire::https::CaInfo::kept.example", "/ca.pem", true, false],
    ["Acquire::https::SSLCert::elsewhere.example", "/c.pem", true, true],
    ["Acquire::https::Verify-Peer", "false", true, false],
    ["Acquire::http::Dl-Limit", "42", false, false],
    ["Acquire::http::Dl-Limit", "0", true, true],
    ["Acquire::http::AllowRedirect", "false", false, false],
    ["Acquire::http::Timeout", "3", true, true],
  ])("%s %j: what omg's fetcher cannot do is left to apt", async (name, value, http, https) => {
    const { speaks } = await settings(`${name} "${value}";`);
    expect([speaks(HTTP), speaks(HTTPS), speaks("file:///x")]).toEqual([http, https, true]);
  });
});
