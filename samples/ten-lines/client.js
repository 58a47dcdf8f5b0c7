// Sends each line of a file exactly once; after any failure run it again.
// node client.js 127.0.0.1 9999 pump-7 readings.txt
const [host, port, client, path] = process.argv.slice(2);
const readings = require("fs").readFileSync(path).toString("latin1").split("\n").slice(0, -1);
const server = require("net").connect(port, host).setEncoding("latin1");
let answers = "", next = 0;
const send = text => server.write(text, "latin1");
send(`ALDIS/1 messages client=${client}`.padEnd(64));
server.on("data", data => {
  for (answers += data; answers.length >= 64; answers = answers.slice(64)) {
    const [, last, acknowledged] = /^(?:ALDIS\/1 last=(\d+)|ACK (\d+)) /.exec(answers);
    if (last > readings.length) throw new Error("the server has more than this list");
    next = last ? Math.max(last, 1) : Number(acknowledged) + 1;  // message `last` goes once more: is it ours?
    if (next > readings.length) server.end();
    else send(`${readings[next - 1].length} ${next}`.padEnd(64) + readings[next - 1]);
  }
}).on("close", () => process.exit(next > readings.length ? 0 : 1)).on("error", () => {});
