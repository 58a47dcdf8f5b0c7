using System.Globalization;
using Aldis.Benchmarks;
using Aldis.Benchmarks.Hostile;

// Usage: dotnet run -c Release --project benchmarks/Aldis.Benchmarks [-- PROGRAM ARGUMENTS]
//   [PACKETS]                                    the engine alone, in one thread and without a socket
//   arq-sink ADDRESS [--omit S] [--seconds S]    counts what each connection brings        (arq-links.sh, arq-loopback.sh)
//   arq-source ADDRESS [--omit S] --seconds S    sends as fast as is taken
//   echo ADDRESS                                 sends back what comes                     (arq-latency.sh)
//   latency ADDRESS [--count N] [--bytes N]      times requests and replies
//   arq-idle ADDRESS                             tells its memory per connection           (arq-idle.sh)
//   arq-idle-load ADDRESS --count N              opens connections and keeps them
//   arq-idle-engine [--count N]                  memory of the engine per connection
//   sensors ADDRESS --count N --pause S          clients that send readings                (serve-recording.sh)
//   link [--count N] [--seed N]                  what a link does beside what was asked of it  (link.sh)
//   token-timing [--rounds N]                    whether the time tells how much of a token is right
//   hostile ATTACK|all|list --aldis PATH …       attacks a server                          (hostile.sh)
// An address is tcp://, udp:// or arq://IP:PORT, the latter with the options of docs/arq.md.
string program = args.Length > 0 ? args[0] : "engine";
var arguments = new Arguments(args);
switch (program)
{
    case "arq-sink":
        await SinkHandler.ServeAsync(arguments);
        break;
    case "arq-source":
        await Source.RunAsync(arguments);
        break;
    case "echo":
        await EchoServer.ServeAsync(arguments);
        break;
    case "latency":
        await Latency.RunAsync(arguments);
        break;
    case "arq-idle":
        await IdleServer.ServeAsync(arguments);
        break;
    case "arq-idle-load":
        IdleLoad.Run(arguments);
        break;
    case "arq-idle-engine":
        IdleEngine.Run(arguments);
        break;
    case "sensors":
        await Sensors.RunAsync(arguments);
        break;
    case "link":
        return await LinkMeasurement.RunAsync(arguments);
    case "token-timing":
        return TokenTiming.Run(arguments);
    case "hostile" when OperatingSystem.IsLinux():
        return await HostileProgram.RunAsync(arguments);
    default:
        EngineBenchmark.RunAll(args.Length > 0 ? long.Parse(args[0], CultureInfo.InvariantCulture) : 2_000_000);
        break;
}

return 0;
