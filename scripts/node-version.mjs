// Stops with one sentence on a Node that is too old, before any other script is loaded: imported first everywhere, and
// written in syntax that every Node with ES modules reads.
const FLOOR = { major: 20, minor: 19 };

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < FLOOR.major || (major === FLOOR.major && minor < FLOOR.minor)) {
  console.error(
    `This needs Node ${FLOOR.major}.${FLOOR.minor} or newer, and ${process.execPath} is ${process.version}. ` +
      'Install a newer one (https://nodejs.org, or your system’s package nodejs) and run the command again.',
  );
  process.exit(1);
}
