import { request as httpRequest, type RequestOptions } from "node:http";
import { isIP, type Socket } from "node:net";
import { connect as tlsConnect } from "node:tls";
import { urlToHttpOptions } from "node:url";
import { FetchFailure } from "./fetch-failure.ts";
import type { HttpOptions, Routing } from "./fetch-types.ts";

/** Proxies as the environment names them, and no credentials but those in the addresses. */
export function environmentRouting(env: Environment): Routing {
  return { proxyFor: (target) => proxyFor(target, env), credentialsFor: () => undefined };
}

/** The variables that name proxies, for programs that read them as `proxyFor` does (git with libcurl). Pure. */
export function proxyVariables(env: Environment): Readonly<Record<string, string>> {
  const names = ["http_proxy", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY"];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What to ask of whom to reach `target`: the host itself, or a proxy. */
export async function routeTo(target: URL, options: HttpOptions): Promise<RequestOptions> {
  if (options.agent !== undefined) return { ...urlToHttpOptions(target), agent: options.agent };
  const direct = { ...urlToHttpOptions(target), ...loginFor(target, options.routing) };
  const proxy = options.routing.proxyFor(target);
  if (proxy === undefined) return direct;
  if (target.protocol === "https:") {
    const socket = await tunnel(target, proxy, options);
    return { ...direct, createConnection: () => tlsConnect({ socket, ...namesOf(direct.hostname ?? "") }) };
  }
  // RFC 9112, 3.2.2: a proxy is asked with the whole address.
  const path = `${target.origin}${target.pathname}${target.search}`;
  return { ...direct, ...placeOf(proxy), path, headers: { host: target.host, ...authorization(proxy) } };
}

/** An address' own credentials come before those that are kept for its host. */
function loginFor(target: URL, routing: Routing): { readonly auth?: string } {
  const login = target.username === "" && target.password === "" ? routing.credentialsFor(target) : undefined;
  return login === undefined ? {} : { auth: `${login.user}:${login.password}` };
}

/** The proxy for an address as curl(1), ENVIRONMENT, reads it: `http_proxy` (lower case only), `https_proxy`, `no_proxy`. Pure. */
export function proxyFor(target: URL, env: Environment): URL | undefined {
  const secure = target.protocol === "https:";
  const text = secure ? (env.https_proxy ?? env.HTTPS_PROXY) : env.http_proxy;
  if (text === undefined || text === "" || isExempt(target, env.no_proxy ?? env.NO_PROXY ?? "")) return undefined;
  const address = text.includes("://") ? text : `http://${text}`;
  const proxy = URL.canParse(address) ? new URL(address) : undefined;
  if (proxy?.protocol === "http:") return proxy;
  throw new FetchFailure(
    "proxy",
    `only http: proxies are supported, and ${secure ? "https_proxy" : "http_proxy"} names another`,
  );
}

/** Whether a `no_proxy` list names the host. */
export function isExempt(target: URL, list: string): boolean {
  return list.split(/[\s,]+/).some((entry) => {
    const name = entry.replace(/^\*?\./, "").toLowerCase();
    if (name === "*") return true;
    return name !== "" && [target.hostname, target.host].some((host) => host === name || host.endsWith(`.${name}`));
  });
}

/** RFC 9110, 9.3.6: CONNECT makes the proxy pass bytes on to the host. */
function tunnel(target: URL, proxy: URL, options: HttpOptions): Promise<Socket> {
  const authority = `${target.hostname}:${target.port === "" ? "443" : target.port}`;
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      ...placeOf(proxy),
      method: "CONNECT",
      path: authority,
      agent: false,
      headers: { host: authority, ...authorization(proxy) },
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    const late = new FetchFailure("connect-timeout", `no connection through the proxy within ${options.connectMs} ms`);
    const timer = setTimeout(() => request.destroy(late), options.connectMs);
    request.once("close", () => clearTimeout(timer));
    request.once("error", reject);
    request.once("connect", (answer, socket) => {
      clearTimeout(timer);
      if (answer.statusCode === 200) return resolve(socket as Socket);
      socket.destroy();
      reject(new FetchFailure("proxy", `the proxy answered ${answer.statusCode ?? "nothing"} to CONNECT`));
    });
    request.end();
  });
}

/** What the certificate must be for. RFC 6066, 3: the name sent to the server is never an IP address. */
function namesOf(host: string): { host: string; servername?: string } {
  return isIP(host) === 0 ? { host, servername: host } : { host };
}

function placeOf(proxy: URL): { hostname: string; port: string } {
  return { hostname: proxy.hostname.replace(/^\[|\]$/g, ""), port: proxy.port === "" ? "80" : proxy.port };
}

function authorization(proxy: URL): Record<string, string> {
  if (proxy.username === "") return {};
  const credentials = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { "proxy-authorization": `Basic ${Buffer.from(credentials).toString("base64")}` };
}
