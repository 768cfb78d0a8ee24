// Starts a bundle of dist/ or says what is missing. Kept in the syntax of the oldest Node (no `let`, no arrows), because a
// Node that is too old has to be able to parse it before it can be told so.
"use strict";

var fs = require("fs");
var path = require("path");

/** The lowest version of Node that omg runs on: major and minor. */
var OLDEST = [20, 19];

/** Whether a version such as "20.19.5" is at least OLDEST. */
function isSupported(version) {
  var parts = version.split(".");
  var major = Number(parts[0]);
  return major > OLDEST[0] || (major === OLDEST[0] && Number(parts[1]) >= OLDEST[1]);
}

function refuse(lines) {
  process.stderr.write(lines.join("\n") + "\n");
  process.exit(1);
}

/**
 * Runs dist/NAME.cjs of the folder that holds bin/.
 * options: as those of load.js.
 */
function start(name, options) {
  var root = path.dirname(__dirname);
  if (!isSupported(process.versions.node)) {
    refuse([
      name + ": Node.js " + process.versions.node + " is too old: " + OLDEST.join(".") + " or later is needed.",
      "  Nothing was read or changed. The Node that was started is " + process.execPath + ".",
      "  Install Node.js " + OLDEST[0] + " or 22 (nodejs.org, nvm, or your distribution) and put it first in PATH."
    ]);
  }
  var bundle = path.join(root, "dist", name + ".cjs");
  var rest = options.rest === undefined ? bundle : path.join(root, "dist", options.rest + ".cjs");
  var missing = fs.existsSync(bundle) ? rest : bundle;
  if (!fs.existsSync(missing)) {
    refuse([
      name + ": not built yet: " + missing + " does not exist.",
      "  Nothing was read or changed.",
      "  Run: cd '" + root + "' && npm ci && npm run build"
    ]);
  }
  require("./load.js").load(bundle, options);
}

exports.isSupported = isSupported;
exports.start = start;
