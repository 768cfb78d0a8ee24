/**
 * Variables that say where omg's things lie, and which package manager's: by them, omg-fast and omgd know whether they speak of the same.
 * scripts/schemas.mjs writes native/passed_on.h from this list. What else there is in an environment says nothing about the system.
 */
export const SURROUNDINGS = [
  "APT_CONFIG",
  "HOME",
  "OMG_CACHE_DIR",
  "OMG_CONFIG_DIR",
  "OMG_DATA_DIR",
  "OMG_PACMAN_CONFIG",
  "OMG_RUNTIME_DIR",
  "OMG_STATE_DIR",
  "XDG_CACHE_HOME",
  "XDG_CONFIG_HOME",
  "XDG_DATA_HOME",
  "XDG_STATE_HOME",
] as const;

type Environment = Readonly<Record<string, string | undefined>>;

interface Surrounded {
  readonly env: Environment;
  readonly home: string;
  readonly elevated: boolean;
}

/**
 * What is to be digested: `NAME=value` a line, of those that are set to anything. For root at work for somebody else none of them counts.
 * `home`: as found, whatever HOME says. Pure.
 */
export function surroundingsText({ env, home, elevated }: Surrounded): string {
  if (elevated) return `elevated\nHOME=${home}\n`;
  const all: Environment = { ...env, HOME: home };
  return SURROUNDINGS.flatMap((name) => (all[name] ? [`${name}=${all[name]}\n`] : [])).join("");
}
