using Aldis.Benchmarks;
using Aldis.Protocols.Arq;

// Usage: dotnet run -c Release --project benchmarks/Aldis.Benchmarks [-- PACKETS]
long packets = args.Length > 0 ? long.Parse(args[0]) : 2_000_000;
var internet = new ConnectionOptions { MtuProbing = false };
ConnectionOptions repeat = internet with { Congestion = CongestionProfile.Lab, PeerCongestion = CongestionProfile.Lab };
ConnectionOptions goBack = ConnectionOptions.GoBackN(1_444, 1_024);
new EngineBenchmark(new CountingSink(), repeat).Run("selective repeat, traced", packets);
new EngineBenchmark(null, repeat).Run("selective repeat, untraced", packets);
new EngineBenchmark(new CountingSink(), internet).Run("internet (CUBIC), traced", packets);
new EngineBenchmark(new CountingSink(), goBack).Run("go-back-N, traced", packets);
