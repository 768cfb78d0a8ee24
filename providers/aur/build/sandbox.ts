/** How a build is shut in. */
export interface Sandbox {
  /** The only folder that can be written, and all that is seen of the user's files. */
  readonly folder: string;
  /** A folder in it for what is temporary: not in memory, where nothing would limit it. */
  readonly temporary: string;
  /** Where it is seen inside. */
  readonly inside: string;
  /** Where the command starts, as seen inside. */
  readonly start: string;
  /** Folder with a passwd(5) and a group(5) that know nobody but the builder. */
  readonly accounts: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What programs need of `/etc`, none of it secret. Not: accounts, keys, hosts, the network's configuration. */
const ETC = [
  "alternatives",
  "ca-certificates",
  "fonts",
  "gai.conf",
  "java-openjdk",
  "ld.so.cache",
  "ld.so.conf",
  "ld.so.conf.d",
  "locale.conf",
  "locale.gen",
  "localtime",
  "makepkg.conf",
  "makepkg.conf.d",
  "mime.types",
  "pacman.conf",
  "pacman.d/mirrorlist",
  "perl",
  "profile.d",
  "python3",
  "ssl/certs",
  "ssl/openssl.cnf",
  "texmf",
  "xml",
];

/** Links in `/` of distributions whose programs all lie in `/usr`. */
const ROOT_LINKS = ["bin", "sbin", "lib", "lib64", "lib32", "libx32"];

/**
 * Arguments for bwrap(1): no network and no other process to be seen, nothing of the machine but its programs, one folder to write to,
 * no new rights, a session of its own, and an end when omg ends. `linkIn`: where a name in `/` leads, if it is a link. Pure.
 */
export function sandboxArguments(
  { folder, temporary, inside, start, accounts, env }: Sandbox,
  linkIn: (name: string) => string | undefined,
  command: readonly string[],
): readonly string[] {
  const links = ROOT_LINKS.flatMap((name) => {
    const target = linkIn(name);
    return target === undefined ? ["--ro-bind-try", `/${name}`, `/${name}`] : ["--symlink", target, `/${name}`];
  });
  return [
    "--unshare-all",
    "--unshare-user",
    "--disable-userns",
    "--cap-drop",
    "ALL",
    "--die-with-parent",
    "--new-session",
    "--hostname",
    "build",
    "--clearenv",
    ...Object.entries(env).flatMap(([name, value]) => ["--setenv", name, value]),
    ...["--ro-bind", "/usr", "/usr"],
    ...links,
    ...["--ro-bind-try", "/opt", "/opt"],
    ...ETC.flatMap((name) => ["--ro-bind-try", `/etc/${name}`, `/etc/${name}`]),
    ...["--ro-bind-try", "/var/lib/pacman/local", "/var/lib/pacman/local"],
    ...["passwd", "group"].flatMap((name) => ["--ro-bind", `${accounts}/${name}`, `/etc/${name}`]),
    ...["--proc", "/proc", "--dev", "/dev", "--dir", "/root"],
    ...["/tmp", "/var/tmp", "/dev/shm"].flatMap((name) => ["--bind", temporary, name]),
    ...["--bind", folder, inside],
    // Both are kept in memory.
    ...["/dev", "/"].flatMap((name) => ["--remount-ro", name]),
    ...["--chdir", start, "--"],
    ...command,
  ];
}
