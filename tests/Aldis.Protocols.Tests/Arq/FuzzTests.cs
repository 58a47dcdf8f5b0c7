using Aldis.Protocols.Arq;
using Aldis.Protocols.Arq.Wire;
using Aldis.Protocols.Randomness;

namespace Aldis.Protocols.Tests.Arq;

/// <summary>Random and half-right packets against endpoints with living connections: nothing may throw, no invariant may break, memory
/// and work stay bounded. ALDIS_FUZZ_INPUTS sets how many inputs each test takes; ALDIS_FUZZ_SEED where they start.</summary>
public sealed class FuzzTests(ITestOutputHelper output)
{
    private const int DefaultInputs = 100_000;
    private const int InputsPerWorld = 400;

    private static readonly ConnectionOptions[] Strategies =
    [
        new ConnectionOptions(),
        ConnectionOptions.SelectiveRepeat(300, 16),
        ConnectionOptions.GoBackN(300, 8) with { RejectRewinds = true },
        ConnectionOptions.StopAndWait(300),
    ];

    [Fact]
    public void Raw_bytes_change_no_connection()
    {
        Run((random, pair) =>
        {
            byte[] bytes = new byte[random.NextBelow(400)];
            Fill(random, bytes);
            if (bytes.Length >= PacketLayout.HeaderLength && random.Chance(0.8))
            {
                // Get past the first checks: version, type, length, a number that exists.
                bytes[0] = (byte)(0x10 | random.NextBelow(16));
                int length = random.Chance(0.5) ? bytes.Length : random.NextBelow(bytes.Length + 1);
                bytes[2] = (byte)length;
                bytes[3] = (byte)(length >> 8);
                PacketLayout.WriteUInt64(bytes, 8, random.Chance(0.5) ? pair.Callee!.Id : pair.Caller.Id);
            }

            return bytes;
        });
    }

    [Fact]
    public void Packets_of_a_malicious_peer_break_no_promise()
    {
        Run((random, pair) =>
        {
            ArqConnection target = random.Chance(0.5) ? pair.Callee! : pair.Caller;
            byte[] packet = Structured(random, pair, target);
            for (int flips = random.Chance(0.05) ? random.NextBelow(3) : 0; flips > 0 && packet.Length > PacketLayout.HeaderLength; flips--)
            {
                packet[PacketLayout.HeaderLength + random.NextBelow(packet.Length - PacketLayout.HeaderLength)] = Interesting(random);
            }

            bool isOpening = PacketLayout.TypeOf(packet) is PacketType.Syn or PacketType.SynAck or PacketType.Confirm;
            PacketLayout.Seal(packet, isOpening ? 0 : target.Seed);
            return random.Chance(0.1) ? Splice(random, packet) : packet;
        });
    }

    private void Run(Func<SeededRandom, Pair, byte[]> make)
    {
        long inputs = Setting("ALDIS_FUZZ_INPUTS", DefaultInputs);
        ulong seed = (ulong)Setting("ALDIS_FUZZ_SEED", 1);
        long done = 0;
        long resets = 0;
        for (ulong world = seed; done < inputs; world++)
        {
            try
            {
                done += OneWorld(world, make, ref resets);
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"ALDIS_FUZZ_SEED={world}: {error}", error);
            }
        }

        output.WriteLine($"{done} inputs, {resets} connections ended by them");
    }

    private static int OneWorld(ulong seed, Func<SeededRandom, Pair, byte[]> make, ref long resets)
    {
        var random = new SeededRandom(seed);
        var pair = new Pair(Strategies[seed % (ulong)Strategies.Length], seed);
        pair.RunUntil(() => pair.Callee is not null && pair.Caller.State == ConnectionState.Open);
        for (int extra = 0; extra < 2; extra++)
        {
            pair.Client.Connect(Pair.ServerPath, Strategies[(int)((seed + (ulong)extra) % (ulong)Strategies.Length)], pair.Now);
        }

        byte[] room = new byte[700];
        int inputs = 0;
        for (; inputs < InputsPerWorld; inputs++)
        {
            if (pair.Caller.State != ConnectionState.Open || pair.Callee!.State != ConnectionState.Open)
            {
                resets++;
                break;
            }

            byte[] bytes = make(random, pair);
            bool toServer = random.Chance(0.5);
            int segment = random.NextBelow(3) switch { 0 => 0, 1 => bytes.Length, _ => random.NextBelow(bytes.Length + 1) };
            (toServer ? pair.Server : pair.Client).OnDatagram(toServer ? Pair.ClientPath : Pair.ServerPath, bytes, segment, pair.Now);
            ArqConnection writer = random.Chance(0.5) ? pair.Caller : pair.Callee!;
            writer.Write(room.AsSpan(0, random.NextBelow(room.Length)), pair.Now);
            pair.Caller.Read(room, pair.Now);
            pair.Callee!.Read(room, pair.Now);
            if (random.Chance(0.1))
            {
                writer.Flush(pair.Now);
            }

            pair.Flush();
            pair.Client.CheckInvariants();
            pair.Server.CheckInvariants();
            if (random.Chance(0.3))
            {
                pair.Step();
            }

            Assert.InRange(pair.Server.Chunks.LentBytes + pair.Client.Chunks.LentBytes, 0, 64 << 20);
            Assert.InRange(pair.Server.ConnectionCount, 0, 8);
        }

        return Math.Max(1, inputs);
    }

    private static byte[] Structured(SeededRandom random, Pair pair, ArqConnection target)
    {
        long near = random.NextBelow(5_000);
        switch (random.NextBelow(9))
        {
            case 0:
                return Forge.Syn(random.NextUInt64(), 128 + random.NextBelow(200));
            case 1:
                return Forge.Reset(target.Id, random.Chance(0.002) ? target.Key
                    : random.NextUInt64(), target.Seed, Interesting(random), Interesting(random));
            case 2 or 3:
                long from = random.Chance(0.99) ? target.Established!.Receive.InOrderEnd + near - 500 : Huge(random);
                return Forge.Data(target, Number(random, near), from, random.NextBelow(600),
                    (byte)(random.NextBelow(32) & (random.Chance(0.01) ? 0xFF : 0xFE)));
            case 4:
                byte[] probe = new byte[PacketLayout.ProbeLength + random.NextBelow(50)];
                PacketLayout.WriteHeader(probe, PacketType.Probe, 0, target.Id);
                PacketLayout.WriteUInt32(probe, PacketLayout.ProbePacketNumber, (uint)Number(random, near));
                return probe;
            case 5:
                byte[] opening = new byte[PacketLayout.ConfirmLength];
                Fill(random, opening);
                PacketLayout.WriteHeader(opening, random.Chance(0.5) ? PacketType.Confirm : PacketType.SynAck, 0, target.Id);
                return opening;
            default:
                byte[] ranges = new byte[2 * random.NextBelow(random.Chance(0.02) ? 40 : 3)];
                Fill(random, ranges);
                for (int i = 0; i < ranges.Length && random.Chance(0.99); i++)
                {
                    ranges[i] &= 1;
                }

                long span = target.Stream.Highest - target.Stream.Unacknowledged;
                long cumulative = random.Chance(0.98) ? target.Stream.Unacknowledged + random.NextBelow((int)span + 1) : Huge(random);
                long newest = target.Established!.Core.Packets.Next - 1;
                long largest = random.Chance(0.98) ? Math.Max(0, newest - random.NextBelow(10)) : Huge(random);
                long limit = random.Chance(0.98) ? target.Stream.Limit + random.NextBelow(2_000) - 1_000 : Huge(random);
                return Forge.Ack(target, (uint)random.NextBelow(100_000), cumulative, limit, largest, ranges);
        }
    }

    private static long Number(SeededRandom random, long near) => random.Chance(0.9) ? near % 300 : Huge(random);

    private static long Huge(SeededRandom random) => (long)(random.NextUInt64() >> random.NextBelow(40));

    private static byte Interesting(SeededRandom random)
        => random.NextBelow(4) switch { 0 => 0, 1 => 0xFF, 2 => 0x80, _ => (byte)random.NextUInt64() };

    private static byte[] Splice(SeededRandom random, byte[] packet)
    {
        byte[] joined = [.. packet, .. packet, .. packet[..random.NextBelow(packet.Length)]];
        return random.Chance(0.5) ? joined : joined[..random.NextBelow(joined.Length)];
    }

    private static void Fill(SeededRandom random, byte[] bytes)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)random.NextUInt64();
        }
    }

    private static long Setting(string name, long otherwise)
        => long.TryParse(Environment.GetEnvironmentVariable(name), out long value) ? value : otherwise;
}
