// Sends each line of a file exactly once; after any failure run it again.
// node client.js 127.0.0.1 9999 pump-7 readings.txt
const [host, port, client, path] = process.argv.slice(2);
const readings = require("fs").readFileSync(path).toString("latin1").split("\n").slice(0, -1);
const server = require("net").connect(port, host).setEncoding("latin1");
let answers = "", last = 0;
const send = text => server.write(text, "latin1");
send(`ALDIS/1 messages client=${client}`.padEnd(64));
server.on("data", data => {
  for (answers += data; answers.length >= 64; answers = answers.slice(64)) {
    last = Number(/^(?:ALDIS\/1 last=|ACK )(\d+) /.exec(answers)[1]);
    if (last >= readings.length) server.end();
    else send(`${readings[last].length} ${last + 1}`.padEnd(64) + readings[last]);
  }
}).on("close", () => process.exit(last >= readings.length ? 0 : 1)).on("error", () => {});
