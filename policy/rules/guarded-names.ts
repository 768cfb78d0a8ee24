import { globMatches } from "../../schema/files/glob.ts";

/**
 * Variables that make programs load or run other code than they would, look elsewhere for it, or trust somebody else. A lock
 * that may set them can do anything in its user's name. What a person is asked to name (EDITOR, PAGER, BROWSER) is not among
 * them. Sources: environ(7), ld.so(8), bash(1), zshparam(1), git(1), and each interpreter's manual. Matched in any case,
 * because zsh ties `path`, `fpath` and others to their upper-case twins.
 */
// biome-ignore format: a list to be read by kind
const GUARDED_VARIABLES: readonly string[] = [
  // shells, and where they find commands
  "PATH", "SHELL", "HOME", "IFS", "ENV", "BASH_ENV", "BASH_FUNC_*", "BASH_LOADABLES_PATH", "ZDOTDIR", "PROMPT_COMMAND",
  "PS0", "PS1", "PS2", "PS3", "PS4", "PROMPT", "RPROMPT", "FPATH", "CDPATH", "MODULE_PATH", "XDG_CONFIG_*", "XDG_DATA_*",
  // the loader, the C library and its neighbours
  "LD_*", "DYLD_*", "GCONV_PATH", "LOCPATH", "HOSTALIASES", "RES_OPTIONS", "GLIBC_TUNABLES", "OPENSSL_*", "GIO_*", "GTK_MODULES", "GTK_PATH",
  // interpreters and compilers
  "NODE_OPTIONS", "NODE_PATH", "NODE_REPL_EXTERNAL_MODULE", "NPM_CONFIG_*", "PYTHON*", "PERL5*", "PERLLIB", "RUBYOPT", "RUBYLIB",
  "GEM_HOME", "GEM_PATH", "BUNDLE_GEMFILE", "LUA_INIT*", "LUA_PATH*", "LUA_CPATH*", "PHPRC", "PHP_INI_SCAN_DIR", "JAVA_TOOL_OPTIONS",
  "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "CLASSPATH", "DOTNET_STARTUP_HOOKS", "TCLLIBPATH", "RUSTC*", "RUSTFLAGS", "GOFLAGS", "MAKEFLAGS",
  // programs that run others
  "GIT_SSH*", "GIT_EXEC_PATH", "GIT_ASKPASS", "GIT_CONFIG*", "GIT_TEMPLATE_DIR", "GIT_EXTERNAL_DIFF", "GIT_PROXY_COMMAND", "SSH_ASKPASS*",
  "SUDO_*", "LESSOPEN", "LESSCLOSE", "APT_*", "DPKG_*", "OMG_*",
  // whom they trust
  "GNUPGHOME", "SSH_AUTH_SOCK", "SSL_CERT_*", "CURL_CA_BUNDLE", "CURL_HOME", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS",
  "NODE_TLS_REJECT_UNAUTHORIZED", "GIT_SSL_*", "PIP_*", "GOSUMDB", "GONOSUMDB", "GOINSECURE",
];

/**
 * Commands that people trust with their password, keys or machine, and the words that a shell is steered with. An alias of
 * such a name puts something else in their place.
 */
// biome-ignore format: a list to be read by kind
const GUARDED_ALIASES: readonly string[] = [
  "sudo", "su", "doas", "run0", "pkexec", "passwd",
  "ssh", "scp", "sftp", "ssh-add", "ssh-keygen", "git", "gpg", "gpgv",
  "apt", "apt-get", "apt-key", "aptitude", "dpkg", "pacman", "makepkg", "omg", "omg-root",
  "sh", "bash", "zsh", "cd", "command", "builtin", "exec", "eval", "source", ".", "env", "export", "unset", "set", "alias", "unalias", "trap",
];

/** Whether a variable needs the machine's permission. */
export function isGuardedVariable(name: string): boolean {
  const upper = name.toUpperCase();
  return GUARDED_VARIABLES.some((pattern) => globMatches(pattern, upper));
}

/** Whether an alias needs the machine's permission. Convenience over harmless commands (`ls`, `ll`, `grep`) does not. */
export function isGuardedAlias(name: string): boolean {
  return GUARDED_ALIASES.includes(name);
}
