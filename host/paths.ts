import { isAbsolute, join } from "node:path";
import { OmgError } from "../schema/error.ts";
import type { Scope } from "../schema/model/resource.ts";

/** The folders of one scope. Nothing says that they exist. */
export interface Paths {
  /** config.toml, policy.toml, trust. */
  readonly config: string;
  /** Versions, store, generations, audit. */
  readonly data: string;
  /** Base, ownership, locks, held states. */
  readonly state: string;
  /** Parsed files, catalog index: may be deleted at any time. */
  readonly cache: string;
  /** Sockets and omg.status; undefined where the user's session has no such folder. */
  readonly runtime: string | undefined;
}

/** Who asks. */
export interface Who {
  /** Effective user id. */
  readonly uid: number;
  /** Absolute. */
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Acting as root for somebody else: then nothing of the environment counts. */
  readonly elevated: boolean;
}

const SYSTEM: Paths = {
  config: "/etc/omg",
  data: "/var/lib/omg",
  state: "/var/lib/omg/state",
  cache: "/var/cache/omg",
  runtime: "/run/omg",
};

const OVERRIDES = {
  config: "OMG_CONFIG_DIR",
  data: "OMG_DATA_DIR",
  state: "OMG_STATE_DIR",
  cache: "OMG_CACHE_DIR",
  runtime: "OMG_RUNTIME_DIR",
} as const;

/**
 * The folders of a scope. An override (OMG_CONFIG_DIR and its kin; absolute, otherwise OmgError `path-relative`) moves the
 * system's folder for root, who then finds the user scope in its `user` subfolder, and the user's folder for everybody
 * else: where the system's things lie is root's to say. Pure.
 */
export function pathsFor(scope: Scope, who: Who): Paths {
  const found = known.get(who) ?? {};
  known.set(who, found);
  found[scope] ??= workOut(scope, who);
  return found[scope];
}

/** Each provider and each kept file of a run asks for them. */
const known = new WeakMap<Who, Partial<Record<Scope, Paths>>>();

function workOut(scope: Scope, who: Who): Paths {
  const env = who.elevated ? {} : who.env;
  const root = who.uid === 0;
  const own = scope === "system" ? SYSTEM : userPaths(who.home, env);
  const place = (kind: keyof Paths): string | undefined => {
    const override = scope === "user" || root ? overrideOf(kind, env) : undefined;
    if (override === undefined) return own[kind];
    return scope === "user" && root ? join(override, "user") : override;
  };
  return {
    config: place("config") ?? own.config,
    data: place("data") ?? own.data,
    state: place("state") ?? own.state,
    cache: place("cache") ?? own.cache,
    runtime: place("runtime"),
  };
}

function userPaths(home: string, env: Who["env"]): Paths {
  if (!isAbsolute(home)) throw relative("The home folder", home);
  const runtime = xdg(env, "XDG_RUNTIME_DIR");
  return {
    config: join(xdg(env, "XDG_CONFIG_HOME") ?? join(home, ".config"), "omg"),
    data: join(xdg(env, "XDG_DATA_HOME") ?? join(home, ".local/share"), "omg"),
    state: join(xdg(env, "XDG_STATE_HOME") ?? join(home, ".local/state"), "omg"),
    cache: join(xdg(env, "XDG_CACHE_HOME") ?? join(home, ".cache"), "omg"),
    runtime: runtime === undefined ? undefined : join(runtime, "omg"),
  };
}

/** XDG Base Directory Specification, Basics: relative paths are invalid and ignored, and so are empty ones. */
function xdg(env: Who["env"], name: string): string | undefined {
  const value = env[name];
  return value !== undefined && isAbsolute(value) ? value : undefined;
}

function overrideOf(kind: keyof Paths, env: Who["env"]): string | undefined {
  const value = env[OVERRIDES[kind]];
  if (value === undefined || value === "") return undefined;
  if (!isAbsolute(value)) throw relative(OVERRIDES[kind], value);
  return value;
}

function relative(what: string, value: string): OmgError {
  return new OmgError({
    code: "path-relative",
    exit: "invalid",
    message: `${what} is ${JSON.stringify(value)}, which is not an absolute path.`,
    state: "Nothing was read or written.",
    hint: "Give the whole path, from / on, or leave it unset.",
  });
}
