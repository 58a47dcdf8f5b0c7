using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Aldis.Protocols.Impairment;
using Aldis.Protocols.Integrity;
using Aldis.Transports.Addresses;
using Aldis.Transports.Relay;

namespace Aldis.Benchmarks;

/// <summary>
/// Sends numbered datagrams and streams through a link, looks only at what arrives, and prints what was asked for beside what was measured:
/// shares within the binomial 99 % interval, times within 2 ms, rates within 3 %. Answers 1 where something lies outside.
/// </summary>
internal static class LinkMeasurement
{
    private const double Confidence99 = 2.576;
    private const int NumberBytes = 8;
    private const int ChecksumBytes = 4;
    private const int SmallBytes = 64;

    public static async Task<int> RunAsync(Arguments arguments)
    {
        int count = arguments.Count("--count", 50_000);
        ulong seed = (ulong)arguments.Number("--seed", 1);
        bool isRight = true;
        Console.WriteLine("what                              asked     measured             from           to");
        foreach (double loss in new[] { 0.001, 0.01, 0.1, 0.5 })
        {
            Arrivals seen = await SendAsync(new LinkFaults { Loss = loss }, count, seed);
            isRight &= Share("loss", loss, count - seen.Distinct, count);
        }

        // Losses of a chain hang together; the variance of their sum is larger by (1 + r) / (1 - r), r = 1 - p - q.
        var chain = GilbertElliottLoss.Bursts(0.1, 4);
        double memory = 1 - chain.GoodToBad - chain.BadToGood;
        Arrivals burst = await SendAsync(new LinkFaults { BurstLoss = chain }, count, seed);
        isRight &= Share("loss in bursts of 4", 0.1, count - burst.Distinct, count, (1 + memory) / (1 - memory));
        isRight &= Within("length of a burst", 4, burst.MeanGap, 4 * 0.05, "");

        Arrivals twice = await SendAsync(new LinkFaults { Duplicate = 0.05 }, count, seed);
        isRight &= Share("twice", 0.05, twice.All - twice.Distinct, count);
        Arrivals held = await SendAsync(new LinkFaults { Reorder = 0.05, ReorderDelay = TimeSpan.FromMilliseconds(10) }, count, seed);
        isRight &= Share("overtaken", 0.05, held.Overtaken, count);
        Arrivals damaged = await SendAsync(new LinkFaults { Corrupt = 0.05 }, count, seed);
        isRight &= Share("corrupt", 0.05, damaged.Damaged, count);
        Arrivals cut = await SendAsync(new LinkFaults { Truncate = 0.05 }, count, seed);
        isRight &= Share("cut short", 0.05, cut.Short, count);

        foreach (int milliseconds in new[] { 1, 20, 200 })
        {
            double[] times = await TimeAsync(new LinkFaults { Delay = TimeSpan.FromMilliseconds(milliseconds) }, 100, milliseconds);
            isRight &= Within("delay of a datagram, median", milliseconds, times[times.Length / 2], 2, " ms");
        }

        foreach (JitterDistribution distribution in Enum.GetValues<JitterDistribution>())
        {
            var faults = new LinkFaults
            {
                Delay = TimeSpan.FromMilliseconds(20),
                Jitter = TimeSpan.FromMilliseconds(4),
                JitterDistribution = distribution,
            };
            double mean = distribution switch
            {
                JitterDistribution.Even => 22,
                JitterDistribution.Normal => 20,
                _ => 24,
            };
            double[] times = await TimeAsync(faults, 200, 30);
            isRight &= Within($"{distribution.ToString().ToLowerInvariant()} jitter, mean", mean, times.Average(), 2, " ms");
        }

        foreach (int megabits in new[] { 1, 10, 100 })
        {
            var faults = new LinkFaults { BitsPerSecond = megabits * 1_000_000L };
            isRight &= Within("rate of datagrams", megabits, await DatagramRateAsync(faults, seed), megabits * 0.03, " Mbit/s");
            isRight &= Within("rate of a connection", megabits, await StreamRateAsync(faults, seed), megabits * 0.03, " Mbit/s");
        }

        return isRight ? 0 : 1;
    }

    private static bool Share(string what, double asked, long count, int of, double variance = 1)
    {
        double measured = (double)count / of;
        double margin = Confidence99 * Math.Sqrt(variance * asked * (1 - asked) / of);
        return Within(what, asked * 100, measured * 100, margin * 100, " %");
    }

    private static bool Within(string what, double asked, double measured, double margin, string unit)
    {
        bool isRight = Math.Abs(measured - asked) <= margin;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{what,-28} {asked,10:0.###} {measured,12:0.000}{unit,-7} {asked - margin,12:0.000} {asked + margin,12:0.000}"
                + $"{(isRight ? string.Empty : "  OUTSIDE")}"));
        return isRight;
    }

    private static LinkRelay Start(string scheme, EndPoint target, LinkFaults faults, ulong seed) => LinkRelay.Start(
        EndpointAddress.Parse($"{scheme}://127.0.0.1:0"),
        EndpointAddress.Parse($"{scheme}://{target}"),
        new LinkRelayOptions { ToTarget = faults, Seed = seed });

    private static Socket NewSocket()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.ReceiveBufferSize = 64 << 20;
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }

    /// <summary>Sends datagrams a little apart from each other, so that only the link loses any, and looks at what arrives.</summary>
    private static async Task<Arrivals> SendAsync(LinkFaults faults, int count, ulong seed)
    {
        using Socket target = NewSocket();
        using Socket client = NewSocket();
        await using LinkRelay relay = Start("udp", target.LocalEndPoint!, faults, seed);
        var arrivals = new Arrivals(count);
        Task reading = Task.Run(() => arrivals.Read(target));
        byte[] datagram = new byte[SmallBytes];
        var to = relay.EndPoint.Serialize();
        for (int number = 0; number < count; number++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(datagram, number);
            uint checksum = Crc32C.Compute(datagram.AsSpan(0, SmallBytes - ChecksumBytes));
            BinaryPrimitives.WriteUInt32LittleEndian(datagram.AsSpan(SmallBytes - ChecksumBytes), checksum);
            client.SendTo(datagram, SocketFlags.None, to);
            while (relay.Counters.Received < number - 100)
            {
                Thread.Yield();
            }
        }

        while (relay.Counters.Received < count || relay.Counters.Sent < relay.Counters.Received - relay.Dropped + relay.Counters.Duplicated
            || arrivals.All < relay.Counters.Sent)
        {
            await Task.Delay(1);
        }

        target.Dispose();
        await reading;
        return arrivals;
    }

    private static async Task<double[]> TimeAsync(LinkFaults faults, int count, int apartMs)
    {
        using Socket target = NewSocket();
        using Socket client = NewSocket();
        await using LinkRelay relay = Start("udp", target.LocalEndPoint!, faults, 1);
        double[] times = new double[count];
        byte[] buffer = new byte[SmallBytes];
        for (int number = 0; number < count; number++)
        {
            long start = Stopwatch.GetTimestamp();
            client.SendTo(buffer, relay.EndPoint);
            target.Receive(buffer);
            times[number] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            Thread.Sleep(Math.Min(5, apartMs));
        }

        Array.Sort(times);
        return times;
    }

    private static async Task<double> DatagramRateAsync(LinkFaults faults, ulong seed)
    {
        const int Bytes = 1_250;
        using Socket target = NewSocket();
        using Socket client = NewSocket();
        await using LinkRelay relay = Start("udp", target.LocalEndPoint!, faults, seed);
        byte[] buffer = new byte[Bytes];

        // What takes about two seconds.
        int count = (int)(faults.BitsPerSecond * 2 / 8 / Bytes);
        Task sending = Task.Run(() =>
        {
            for (int sent = 0; sent < count; sent++)
            {
                client.SendTo(buffer, relay.EndPoint);
                while (relay.Counters.Received < sent - 100)
                {
                    Thread.Sleep(0);
                }
            }
        });
        byte[] received = new byte[Bytes];
        target.Receive(received);
        long start = Stopwatch.GetTimestamp();
        for (int number = 1; number < count; number++)
        {
            target.Receive(received);
        }

        await sending;
        return (count - 1) * Bytes * 8 / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e6;
    }

    private static async Task<double> StreamRateAsync(LinkFaults faults, ulong seed)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        await using LinkRelay relay = Start("tcp", listener.LocalEndPoint!, faults, seed);
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(relay.EndPoint);
        using Socket target = await listener.AcceptAsync();
        long bytes = faults.BitsPerSecond * 2 / 8;
        Task sending = Task.Run(async () =>
        {
            byte[] piece = new byte[64 << 10];
            for (long left = bytes; left > 0;)
            {
                left -= await client.SendAsync(piece.AsMemory(0, (int)Math.Min(left, piece.Length)));
            }
        });
        byte[] buffer = new byte[256 << 10];
        long received = await target.ReceiveAsync(buffer);
        long first = received;
        long start = Stopwatch.GetTimestamp();
        while (received < bytes)
        {
            received += await target.ReceiveAsync(buffer);
        }

        await sending;
        return (bytes - first) * 8 / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e6;
    }

    /// <summary>What arrived of numbered datagrams.</summary>
    private sealed class Arrivals(int count)
    {
        private readonly bool[] _seen = new bool[count];
        private long _all;

        public long All => Interlocked.Read(ref _all);

        public int Distinct => _seen.Count(static seen => seen);

        public int Overtaken { get; private set; }

        public int Damaged { get; private set; }

        public int Short { get; private set; }

        /// <summary>The mean length of what is missing in a row.</summary>
        public double MeanGap
        {
            get
            {
                int missing = _seen.Count(static seen => !seen);
                int gaps = _seen.Where((seen, index) => !seen && (index == 0 || _seen[index - 1])).Count();
                return (double)missing / gaps;
            }
        }

        public void Read(Socket socket)
        {
            byte[] buffer = new byte[SmallBytes];
            long last = -1;
            try
            {
                while (true)
                {
                    int length = socket.Receive(buffer);
                    Take(buffer.AsSpan(0, length), ref last);
                    Interlocked.Increment(ref _all);
                }
            }
            catch (SocketException)
            {
                // Everything is there.
            }
        }

        private void Take(ReadOnlySpan<byte> datagram, ref long last)
        {
            if (datagram.Length < SmallBytes)
            {
                Short++;
            }
            else if (Crc32C.Compute(datagram[..^ChecksumBytes]) != BinaryPrimitives.ReadUInt32LittleEndian(datagram[^ChecksumBytes..]))
            {
                Damaged++;
            }
            else
            {
                long number = BinaryPrimitives.ReadInt64LittleEndian(datagram[..NumberBytes]);
                Overtaken += number < last ? 1 : 0;
                last = Math.Max(last, number);
                _seen[number] = true;
            }
        }
    }
}
