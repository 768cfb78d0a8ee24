import type { Routing } from "../../../host/fetch-types.ts";
import { isExempt, proxyFor } from "../../../host/proxy.ts";
import type { AptConfig } from "../machine/config.ts";
import { type ConfigNode, flagOf, settingOf } from "../machine/configuration-tree.ts";
import { readSources } from "../sources/sources.ts";
import { type Login, loginFor, readLogins } from "./logins.ts";

/** How apt would fetch, as far as omg's own fetcher does the same. */
export interface FetchSettings {
  readonly routing: Routing;
  /** Milliseconds for connecting and of silence; absent where apt's configuration is silent. */
  readonly timeoutMs?: number;
  readonly retries: number;
  /** Milliseconds before the first retry; absent where apt's configuration is silent. */
  readonly backoffMs?: number;
  /** Whether omg's own fetcher can do for this address all that apt is told to do. */
  speaks(address: string): boolean;
  /** Files with logins that this user may not read. */
  readonly unreadable: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What apt itself does when nothing is set. */
const RETRIES = 3;

/** Options of apt-transport-http(1) and -https(1) that only apt's own methods carry out. */
const APTS_OWN = [
  "Dl-Limit",
  "User-Agent",
  "CAInfo",
  "CRLFile",
  "IssuerCert",
  "SSLCert",
  "SSLKey",
  "SslForceVersion",
  "Verify-Peer",
  "Verify-Host",
];

/** @param env where proxies are named besides apt's configuration, which comes first */
export function readFetchSettings(config: AptConfig, env: Environment): FetchSettings {
  const { tree } = config;
  const { logins, unreadable } = readLogins(config);
  const inSources = sourceLogins(config);
  const seconds = Number(settingOf(tree, "Acquire::http::Timeout"));
  const retries = Number.parseInt(settingOf(tree, "Acquire::Retries"), 10);
  return {
    routing: {
      proxyFor: (target) => proxyOf(tree, target, env, logins),
      credentialsFor: (target) => loginFor(inSources, target) ?? loginFor(logins, target),
    },
    ...(seconds > 0 ? { timeoutMs: seconds * 1000 } : {}),
    retries: retries >= 0 ? retries : RETRIES,
    ...(flagOf(tree, "Acquire::Retries::Delay", true) ? {} : { backoffMs: 0 }),
    speaks: (address) => URL.canParse(address) && isSpoken(tree, new URL(address)),
    unreadable,
  };
}

/** Logins in the addresses of sources: they are looked up here, and never travel with an artifact. */
function sourceLogins(config: AptConfig): Login[] {
  const uris = readSources(config).flatMap((entry) => entry.uris.filter((uri) => URL.canParse(uri)));
  return uris
    .map((uri) => new URL(uri))
    .filter(({ username, password }) => username + password !== "")
    .map(({ protocol, host, pathname, username, password }) => ({
      protocol: protocol.slice(0, -1),
      place: host + pathname,
      user: decodeURIComponent(username),
      password: decodeURIComponent(password),
    }));
}

function proxyOf(tree: ConfigNode, target: URL, env: Environment, logins: readonly Login[]): URL | undefined {
  const text = hostSetting(tree, target, "Proxy") || setting(tree, target, "Proxy");
  if (text === "") return proxyFor(target, env);
  if (/^(?:direct|false)$/i.test(text) || isExempt(target, env.no_proxy ?? "")) return undefined;
  const proxy = asUrl(text);
  const login = proxy === undefined || proxy.username !== "" ? undefined : loginFor(logins, proxy);
  if (proxy === undefined || login === undefined) return proxy;
  proxy.username = encodeURIComponent(login.user);
  proxy.password = encodeURIComponent(login.password);
  return proxy;
}

function isSpoken(tree: ConfigNode, target: URL): boolean {
  if (target.protocol === "file:") return true;
  if (APTS_OWN.some((name) => isSet(tree, target, name))) return false;
  if (/^(?:false|no|off|0)$/i.test(setting(tree, target, "AllowRedirect"))) return false;
  const forHost = hostSetting(tree, target, "Proxy");
  const text = forHost || setting(tree, target, "Proxy");
  if (forHost === "" && ["Proxy-Auto-Detect", "ProxyAutoDetect"].some((name) => isSet(tree, target, name)))
    return false;
  return text === "" || /^(?:direct|false)$/i.test(text) || asUrl(text)?.protocol === "http:";
}

function isSet(tree: ConfigNode, target: URL, name: string): boolean {
  return ![setting(tree, target, name), hostSetting(tree, target, name)].every(
    (value) => value === "" || value === "0",
  );
}

/** apt-transport-https(1): what is not set for https is as for http. */
function setting(tree: ConfigNode, target: URL, name: string): string {
  const own = target.protocol === "https:" ? settingOf(tree, `Acquire::https::${name}`) : "";
  return own || settingOf(tree, `Acquire::http::${name}`);
}

function hostSetting(tree: ConfigNode, target: URL, name: string): string {
  return setting(tree, target, `${name}::${target.hostname.replace(/^\[|\]$/g, "")}`);
}

function asUrl(text: string): URL | undefined {
  const address = text.includes("://") ? text : `http://${text}`;
  return URL.canParse(address) ? new URL(address) : undefined;
}
