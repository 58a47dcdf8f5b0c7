using System.Numerics;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Arq.Endpoint;
using Aldis.Protocols.Arq.Sending;
using Aldis.Protocols.Arq.Streams;
using Aldis.Protocols.Arq.Wire;
using Aldis.Protocols.Randomness;
using Aldis.Protocols.Tests.Arq.Exploration;
using Xunit.Sdk;

namespace Aldis.Protocols.Tests.Arq;

/// <summary>The engine's loops count their steps: work per packet grows with the logarithm of what is held, whatever is held.</summary>
public sealed class StepTests(ITestOutputHelper output)
{
    /// <summary>A packet leads to a handful of searches.</summary>
    private const int SearchesPerItem = 6;

    /// <summary>And to the move of a part of a set of stretches, for each of a sender's three.</summary>
    private const int Constant = 3 * 32;

    private const int Outstanding = 100_000;
    private const int NumbersPerAck = PacketLayout.MaxAckRanges + 1;

    [Fact]
    public void A_receiver_with_sixteen_thousand_gaps_does_little_for_each_packet()
    {
        (Pair pair, ArqConnection callee) = Opened();
        long runs = StreamLimits.MaxReceivedRuns;
        byte[] room = new byte[2_000];
        long largest = 0;
        long before = ReceivingSteps(callee);
        for (long index = 1; index <= runs; index++)
        {
            largest = Math.Max(largest, Deliver(index, 2 * index));
        }

        Assert.Equal(runs, callee.Stats.BytesAheadOfGaps);
        long growing = ReceivingSteps(callee) - before;
        largest = 0;
        before = ReceivingSteps(callee);
        for (long index = runs; index > runs - 1_000; index--)
        {
            largest = Math.Max(largest, Deliver((2 * runs) - index, (2 * index) - 1));
        }

        long filling = ReceivingSteps(callee) - before;
        output.WriteLine(
            $"{runs} gaps made: {(double)growing / runs:F1} steps a packet; 1000 filled: {filling / 1_000.0:F1}, most {largest}");
        AssertFew(growing, runs, runs, NumbersPerAck);
        AssertFew(largest, 1, runs, NumbersPerAck);

        long Deliver(long number, long offset)
        {
            long start = ReceivingSteps(callee);
            pair.Server.OnDatagram(Pair.ClientPath, Forge.Data(callee, 2 * number, offset, 1), 0, pair.Now);
            while (pair.Server.TryGetTransmit(room, pair.Now, out _))
            {
            }

            return ReceivingSteps(callee) - start;
        }
    }

    [Theory]
    [InlineData("from below")]
    [InlineData("from above")]
    [InlineData("in any order")]
    public void A_sender_with_a_hundred_thousand_packets_outstanding_does_little_for_each_number_acknowledged(string order)
    {
        (Pair pair, _) = Opened();
        ArqConnection sender = pair.Caller;
        List<long> numbers = SendMany(pair);
        List<long> odd = [.. numbers.Where((_, index) => index % 2 == 1)];
        List<long> even = [.. numbers.Where((_, index) => index % 2 == 0).Skip(1)];
        Arrange(even, order);
        uint serial = 1_000;
        long largest = 0;
        long first = Acknowledge(odd);
        long packetsLost = sender.Stats.PacketsLost;
        long second = Acknowledge(even);
        output.WriteLine(
            $"{order}: every second of {numbers.Count} {(double)first / odd.Count:F1} steps each, {packetsLost} lost; "
            + $"the rest {(double)second / even.Count:F1} steps each; most in one acknowledgement {largest} each");
        AssertFew(first, odd.Count + packetsLost, Outstanding / 2, Constant);
        AssertFew(second, even.Count, Outstanding / 2, Constant);

        // Most in one acknowledgement: parts that become empty leave the list of parts, which was paid for when they were filled.
        AssertFew(largest, 1, Outstanding / 2, 3 * Constant);

        long Acknowledge(List<long> named)
        {
            long before = sender.Established!.Strategy.Steps;
            foreach (long[] some in named.Chunk(NumbersPerAck))
            {
                long start = sender.Established.Strategy.Steps;
                long lost = sender.Stats.PacketsLost;
                OffsetRange[] together = [.. some.OrderDescending().Select(number => new OffsetRange(number, number + 1))];
                pair.Client.OnDatagram(Pair.ServerPath, Forge.Ack(sender, ++serial, together), 0, pair.Now);
                Assert.Equal(ConnectionState.Open, sender.State);
                long each = (sender.Established.Strategy.Steps - start) / (some.Length + sender.Stats.PacketsLost - lost);
                largest = Math.Max(largest, some.Length == NumbersPerAck ? each : 0);
            }

            return sender.Established!.Strategy.Steps - before;
        }
    }

    [Fact]
    public void Acknowledgements_that_repeat_two_hundred_and_fifty_six_ranges_cost_only_their_ranges()
    {
        (Pair pair, _) = Opened();
        List<long> numbers = SendMany(pair);
        OffsetRange[] ranges = [.. numbers.Where((_, index) => index % 2 == 1).TakeLast(NumbersPerAck).Reverse()
            .Select(number => new OffsetRange(number, number + 1))];
        uint serial = 1_000;
        pair.Client.OnDatagram(Pair.ServerPath, Forge.Ack(pair.Caller, ++serial, ranges), 0, pair.Now);
        long before = pair.Caller.Established!.Strategy.Steps;
        for (int copy = 0; copy < 1_000; copy++)
        {
            pair.Client.OnDatagram(Pair.ServerPath, Forge.Ack(pair.Caller, ++serial, ranges), 0, pair.Now);
        }

        long each = (pair.Caller.Established.Strategy.Steps - before) / 1_000;
        output.WriteLine($"{each} steps for a copy of an acknowledgement of {NumbersPerAck} numbers");
        AssertFew(each, NumbersPerAck, NumbersPerAck, 4);
    }

    [Theory]
    [InlineData("from below")]
    [InlineData("from above")]
    [InlineData("in any order")]
    public void Stretches_come_and_go_anywhere_at_the_cost_of_a_search(string order)
    {
        var set = new RangeSet();
        AssertChangesAreCheap((start, end) => set.Add(start, end), (start, end) => set.Remove(start, end), () => set.Steps, order);
        output.WriteLine($"{order}: {set.Steps / (2.0 * StreamLimits.MaxReceivedRuns):F1} steps for a change");
    }

    [Fact]
    public void A_list_that_is_searched_from_its_start_is_caught()
    {
        var list = new List<OffsetRange>();
        long steps = 0;
        Assert.ThrowsAny<XunitException>(() => AssertChangesAreCheap(
            (start, end) => list.Insert(Position(start), new OffsetRange(start, end)), (start, _) => list.RemoveAt(Position(start)),
            () => steps, "in any order"));

        int Position(long start)
        {
            int index = 0;
            while (index < list.Count && list[index].Start < start)
            {
                index++;
                steps++;
            }

            return index;
        }
    }

    [Fact]
    public void A_thousand_connections_do_not_make_a_deadline_dear()
    {
        const int Connections = 1_000;
        var pair = new Pair(new ConnectionOptions());
        for (int index = 0; index < Connections; index++)
        {
            pair.Client.Connect(Pair.ServerPath, new ConnectionOptions(), pair.Now + (index % 37));
        }

        DeadlineHeap deadlines = LiveNumbers.Field<ArqEndpoint, DeadlineHeap>("_deadlines")(pair.Client);
        byte[] room = new byte[2_000];
        long now = pair.Now;
        long sent = 0;
        long before = deadlines.Steps;
        for (int round = 0; round < 200; round++)
        {
            now = Math.Max(now + 1, pair.Client.NextDeadlineNs);
            pair.Client.OnTimer(now);
            while (pair.Client.TryGetTransmit(room, now, out _))
            {
                sent++;
            }
        }

        output.WriteLine($"{(deadlines.Steps - before) / (double)sent:F1} steps of the heap for each of {sent} sends");
        Assert.InRange(sent, Connections, long.MaxValue);
        AssertFew(deadlines.Steps - before, sent, Connections, 4);
    }

    private static void AssertChangesAreCheap(Action<long, long> add, Action<long, long> remove, Func<long> steps, string order)
    {
        List<long> starts = [.. Enumerable.Range(0, StreamLimits.MaxReceivedRuns).Select(index => 10L * index)];
        Arrange(starts, order);
        long before = steps();
        starts.ForEach(start => add(start, start + 5));
        AssertFew(steps() - before, starts.Count, starts.Count, Constant);
        before = steps();
        starts.ForEach(start => remove(start, start + 5));
        AssertFew(steps() - before, starts.Count, starts.Count, Constant);
    }

    private static void AssertFew(long steps, long items, long held, long constant)
    {
        double bound = items * (constant + (SearchesPerItem * (BitOperations.Log2((ulong)held) + 1.0)));
        Assert.True(steps <= bound, $"{steps} steps, {(double)steps / items:F1} each, allowed are {bound / items:F1} each");
    }

    private static void Arrange(List<long> items, string order)
    {
        if (order == "from above")
        {
            items.Reverse();
        }
        else if (order == "in any order")
        {
            var random = new SeededRandom(28);
            for (int last = items.Count - 1; last > 0; last--)
            {
                int other = random.NextBelow(last + 1);
                (items[last], items[other]) = (items[other], items[last]);
            }
        }
    }

    private static long ReceivingSteps(ArqConnection connection) =>
        connection.Established!.Receive.Steps + connection.Established.Acks.Steps;

    private static (Pair Pair, ArqConnection Callee) Opened()
    {
        ConnectionOptions options = ConnectionOptions.SelectiveRepeat(100, 2 * Outstanding) with { InitialWindowBytes = 64 << 20 };
        var pair = new Pair(options);
        pair.RunUntil(() => pair.Callee is not null && pair.Caller.State == ConnectionState.Open);
        pair.RunFor(20 * Pair.Ms);
        return (pair, pair.Callee!);
    }

    /// <summary>Sends so many packets at once, all of which stay under way.</summary>
    /// <returns>Their numbers: one is left out now and then.</returns>
    private static List<long> SendMany(Pair pair)
    {
        SentPackets packets = pair.Caller.Established!.Core.Packets;
        long first = packets.Next;
        byte[] bytes = new byte[100_000];
        byte[] room = new byte[2_000];
        while (packets.OutstandingCount < Outstanding)
        {
            pair.Caller.Write(bytes, pair.Now);
            while (pair.Client.TryGetTransmit(room, pair.Now, out _))
            {
            }
        }

        var numbers = new List<long>();
        for (long number = first; number < packets.Next; number++)
        {
            if (packets[number].State == SentPacketState.Outstanding)
            {
                numbers.Add(number);
            }
        }

        return numbers;
    }
}
