import { type Case, file } from "../table.ts";

const python = file(".python-version");
const ruby = file(".ruby-version");
const java = file(".java-version");
const sdk = file(".sdkmanrc");

const PYENV_READ = "pyenv-version-file-read";
const PYENV_TESTS = "pyenv, test/version-file-read.bats";
const PYENV_NAME = "pyenv-version-name";
const PYENV_README = "pyenv README, Switch between Python versions";
const RBENV_READ = "rbenv-version-file-read";
const RBENV_NAME = "rbenv-version-name";
const JENV_READ = "jenv-version-file-read";
const JENV_NAME = "jenv-version-name";
const JENV_ADD = "jenv README, Configuring your JDK";
const SDK_ENV = "SDKMAN, sdkman-env.sh";
const SDK_USAGE = "SDKMAN, Usage, Env Command";

const NONE = "it names no version";
const NO_VERSION = "that is not a version";
const NO_CANDIDATE = "SDKMAN expects candidate=version";

export const PYTHON: readonly Case[] = [
  python(PYENV_TESTS, "3.12.1\n", "python 3.12.1 (.python-version:1)"),
  python(PYENV_TESTS, "  3.12.1\n", "python 3.12.1 (.python-version:1)"),
  python(PYENV_TESTS, "3.12.1 3.11.2 hi\n", "python 3.12.1 (.python-version:1)"),
  python(PYENV_TESTS, "\n3.12.1\n", "python 3.12.1 (.python-version:2)"),
  python(PYENV_TESTS, "3.12.1", "python 3.12.1 (.python-version:1)"),
  python(PYENV_TESTS, "\n", `python ! ${NONE} (.python-version:1)`),
  python(PYENV_READ, "3.12.1\n3.11.2\n", "python + 3.12.1 3.11.2 (.python-version:1)"),
  python(PYENV_READ, "3.12.1 x\n3.11.2 y\n", "python + 3.12.1 3.11.2 (.python-version:1)"),
  python(PYENV_READ, "3.12.1\r\n3.11.2\r\n", "python + 3.12.1 3.11.2 (.python-version:1)"),
  python(PYENV_READ, "# ours\n3.12.1\n  # and\n3.11.2\n", "python + 3.12.1 3.11.2 (.python-version:2)"),
  python(PYENV_READ, "# nothing\n", `python ! ${NONE} (.python-version:1)`),
  python(PYENV_READ, "3.12.1\n../../evil\n", `python ! ${NO_VERSION} (.python-version:2)`),
  python(PYENV_READ, "..\n", `python ! ${NO_VERSION} (.python-version:1)`),
  python(PYENV_NAME, "python-3.12\n", "python 3.12 (.python-version:1)"),
  python(PYENV_NAME, "3.12\n", "python 3.12 (.python-version:1)"),
  python(PYENV_NAME, "3\n", "python 3 (.python-version:1)"),
  python(PYENV_NAME, "system\n", "python system (.python-version:1)"),
  python(PYENV_NAME, "3.12\nsystem\n", "python + 3.12 system (.python-version:1)"),
  python(PYENV_NAME, "3.13.0rc1\n", "python 3.13.0rc1 (.python-version:1)"),
  python(PYENV_NAME, "pypy3.10-7.3.17\n", "python pypy3.10-7.3.17 (.python-version:1)"),
  [PYENV_README, { ".python-version": "3.11\n", "a/.python-version": "3.12\n" }, "python 3.12 (/a/.python-version:1)"],
  [PYENV_README, { ".python-version": "3.11\n" }, "python 3.11 (/.python-version:1)"],
];

export const RUBY: readonly Case[] = [
  ruby(RBENV_READ, "3.3.0\n", "ruby 3.3.0 (.ruby-version:1)"),
  ruby(RBENV_READ, "3.3.0", "ruby 3.3.0 (.ruby-version:1)"),
  ruby(RBENV_READ, "  3.3.0\t\n", "ruby 3.3.0 (.ruby-version:1)"),
  ruby(RBENV_READ, "3.3.0 # new\n", "ruby 3.3.0 (.ruby-version:1)"),
  ruby(RBENV_READ, "\n \n3.3.0\n3.2.0\n", "ruby 3.3.0 (.ruby-version:3)"),
  ruby(RBENV_READ, "3.3.0\r\n", "ruby 3.3.0 (.ruby-version:1)"),
  ruby(RBENV_READ, "", `ruby ! ${NONE} (.ruby-version:1)`),
  ruby(RBENV_NAME, "ruby-3.3.0\n", "ruby 3.3.0 (.ruby-version:1)"),
  ruby(RBENV_NAME, "system\n", "ruby system (.ruby-version:1)"),
  ruby(RBENV_NAME, "jruby-9.4.5.0\n", "ruby jruby-9.4.5.0 (.ruby-version:1)"),
  ruby(RBENV_NAME, "3.4.0-preview1\n", "ruby 3.4.0-preview1 (.ruby-version:1)"),
  ruby(RBENV_NAME, "../3.3.0\n", `ruby ! ${NO_VERSION} (.ruby-version:1)`),
  [
    "rbenv README, Choosing the Ruby Version",
    { ".ruby-version": "3.2.0\n", "a/.ruby-version": "3.3.0\n" },
    "ruby 3.3.0 (/a/.ruby-version:1)",
  ],
  ["rbenv README, Choosing the Ruby Version", { ".ruby-version": "3.2.0\n" }, "ruby 3.2.0 (/.ruby-version:1)"],
];

export const JAVA: readonly Case[] = [
  java(JENV_READ, "21\n", "java 21 (.java-version:1)"),
  java(JENV_READ, "21.0.4\r\n", "java 21.0.4 (.java-version:1)"),
  java(JENV_READ, "\n21.0.4 17\n", "java 21.0.4 (.java-version:2)"),
  java(JENV_READ, "", `java ! ${NONE} (.java-version:1)`),
  java(JENV_NAME, "java-17\n", "java 17 (.java-version:1)"),
  java(JENV_NAME, "system\n", "java system (.java-version:1)"),
  java(JENV_ADD, "1.8\n", "java 8 (.java-version:1)"),
  java(JENV_ADD, "1.8.0.402\n", "java 8.0.402 (.java-version:1)"),
  java(JENV_ADD, "openjdk64-11.0.2\n", "java 11.0.2 (.java-version:1)"),
  java(JENV_ADD, "temurin64-17.0.10\n", "java 17.0.10 (.java-version:1)"),
  java(JENV_ADD, "openjdk64-1.8.0.402\n", "java 8.0.402 (.java-version:1)"),
  java(JENV_ADD, "oracle64-1.8.0.05\n", "java oracle64-1.8.0.05 (.java-version:1)"),
  java(JENV_READ, "../x\n", `java ! ${NO_VERSION} (.java-version:1)`),
  ["jenv README, Setting a local Java version", { "a/.java-version": "17\n" }, "java 17 (/a/.java-version:1)"],
  sdk(SDK_USAGE, "java=21.0.4-tem\n", "java 21.0.4-tem (.sdkmanrc:1)"),
  sdk(
    SDK_USAGE,
    "# Enable auto-env through the sdkman_auto_env config\njava=21.0.4-tem\n",
    "java 21.0.4-tem (.sdkmanrc:2)",
  ),
  sdk(SDK_USAGE, "java=21.0.4-tem\nmaven=3.9.6\n", "java 21.0.4-tem (.sdkmanrc:1)", "maven 3.9.6 (.sdkmanrc:2)"),
  sdk(SDK_USAGE, "java=21.0.4-zulu\n", "java 21.0.4-zulu (.sdkmanrc:1)"),
  sdk(SDK_ENV, "  java = 21.0.4-tem   # ours\n", "java 21.0.4-tem (.sdkmanrc:1)"),
  sdk(SDK_ENV, "java=21.0.4-tem", "java 21.0.4-tem (.sdkmanrc:1)"),
  sdk(SDK_ENV, "java=17.0.9-tem\njava=21.0.4-tem\n", "java 21.0.4-tem (.sdkmanrc:2)"),
  sdk(SDK_ENV, "java 21.0.4-tem\n", `java ! ${NO_CANDIDATE} (.sdkmanrc:1)`),
  sdk(SDK_ENV, "Java=21.0.4-tem\n", `java ! ${NO_CANDIDATE} (.sdkmanrc:1)`),
  sdk(SDK_ENV, "java=\n", `java ! ${NO_CANDIDATE} (.sdkmanrc:1)`),
  sdk(SDK_ENV, "\n# only this\n"),
  sdk(SDK_ENV, "java=../../evil\n", `java ! ${NO_VERSION} (.sdkmanrc:1)`),
  [
    "issue 6: the order within a folder",
    { "a/b/.java-version": "17\n", "a/b/.sdkmanrc": "java=21.0.4-tem\n" },
    "java 17 (.java-version:1)",
  ],
];
