# An oracle with an error planted in it: eptsweep's own answers, but IPAT is never set. For docs/fuzz.md.
node dist/src/cli/main.js oracle | sed -u 's/,\([0-6]\),1\]/,\1,0]/g'
