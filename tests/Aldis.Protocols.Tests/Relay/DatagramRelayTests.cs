using Aldis.Protocols.Datagrams;
using Aldis.Protocols.Impairment;
using Aldis.Protocols.Relay;

namespace Aldis.Protocols.Tests.Relay;

/// <summary>The two engines of a relay of datagrams, in virtual time.</summary>
public sealed class DatagramRelayTests
{
    private const long Millisecond = 1_000_000;

    private static readonly PathKey Target = PathKey.To([127, 0, 0, 1], 9_000);

    [Fact]
    public void A_datagram_is_sent_when_it_arrives_and_not_before()
    {
        var relay = new DatagramRelay(With(new LinkFaults { Delay = TimeSpan.FromMilliseconds(20) }), Target);
        DatagramClient client = Send(relay, Client(1), "hello"u8, 0);
        Assert.Equal(20 * Millisecond, client.NextDeadlineNs);
        Assert.Empty(TransmitsOf(client, (20 * Millisecond) - 1));
        (byte[] bytes, Transmit transmit) = Assert.Single(TransmitsOf(client, 20 * Millisecond));
        Assert.Equal("hello"u8, bytes);
        Assert.Equal(Target, transmit.Path);
        Assert.Equal(long.MaxValue, client.NextDeadlineNs);
    }

    [Fact]
    public void An_answer_goes_to_the_client_it_is_for()
    {
        var relay = new DatagramRelay(With(LinkFaults.None), Target);
        DatagramClient one = Send(relay, Client(1), "?"u8, 0);
        DatagramClient other = Send(relay, Client(2), "?"u8, 0);
        other.OnDatagram(Target, "to 2"u8, 4, 0);
        one.OnDatagram(Target, "to 1"u8, 4, 0);
        Assert.True(one.TakeHasAnswered() && !one.TakeHasAnswered());
        Assert.Equal([Client(2), Client(1)], TransmitsOf(relay, 0).Select(static sent => sent.Transmit.Path));
    }

    [Fact]
    public void Equal_datagrams_of_one_peer_leave_in_one_send_with_their_borders()
    {
        var relay = new DatagramRelay(With(LinkFaults.None), Target);
        DatagramClient client = Send(relay, Client(1), new byte[100], 0);
        foreach (int length in new[] { 100, 100, 40, 100, 0, 0, 7 })
        {
            relay.OnDatagram(Client(1), new byte[length], length, 0);
        }

        Assert.Equal(
            [(340, 100), (100, 100), (0, 0), (0, 0), (7, 7)],
            TransmitsOf(client, 0).Select(static sent => (sent.Transmit.Length, sent.Transmit.SegmentSize)));
    }

    [Fact]
    public void Joined_datagrams_are_cut_apart_again_before_anything_is_decided()
    {
        RelayOptions options = With(new LinkFaults { Loss = 0.5 });
        var relay = new DatagramRelay(options, Target);
        relay.OnDatagram(Client(1), new byte[100_000], 10, 0);
        LinkCounters counters = options.ToTarget.Read();
        Assert.Equal(10_000, counters.Received);
        Assert.InRange(counters.Lost, 4_800, 5_200);
    }

    [Fact]
    public void The_same_seed_and_order_of_traffic_have_the_same_fate_however_clients_are_mixed()
    {
        List<LinkNote> first = NotesOf(seed: 5, interleaved: false);
        Assert.Equal(Ordered(first), Ordered(NotesOf(seed: 5, interleaved: true)));
        Assert.NotEqual(Ordered(first), Ordered(NotesOf(seed: 6, interleaved: false)));

        static IEnumerable<LinkNote> Ordered(List<LinkNote> notes) =>
            notes.OrderBy(static note => note.Client).ThenBy(static note => note.Unit)
                .Select(static note => note with { NowNanoseconds = 0 });
    }

    [Fact]
    public void What_was_decided_before_is_given_to_other_traffic_and_a_datagram_too_many_passes()
    {
        List<LinkNote> before = NotesOf(seed: 5, interleaved: false);
        var again = new NoteList();
        var options = new RelayOptions(new LinkPlan(77)) { Observer = again, Replay = new NoteReplay(before) };
        var relay = new DatagramRelay(options, Target);
        for (int unit = 0; unit < 1_001; unit++)
        {
            relay.OnDatagram(Client(1), new byte[unit], unit, unit);
        }

        Assert.Equal(
            before.Where(static note => note.Client == 1).Select(static note => note.Verdict),
            again.Notes.SkipLast(1).Select(static note => note.Verdict));
        Assert.Equal(default, again.Notes[^1].Verdict);
    }

    [Fact]
    public void What_finds_no_room_is_dropped_and_counted()
    {
        RelayOptions options = With(new LinkFaults { Delay = TimeSpan.FromSeconds(1) }) with { MaximumHeldBytes = 10_000 };
        var relay = new DatagramRelay(options, Target);
        for (int sent = 0; sent < 100; sent++)
        {
            relay.OnDatagram(Client(1), new byte[1_000], 1_000, 0);
        }

        LinkCounters counters = options.ToTarget.Read();
        Assert.Equal((100, 92, 92), (counters.Received, counters.QueueFull, counters.Dropped));
    }

    [Fact]
    public void New_faults_meet_the_next_datagram_of_clients_that_are_there()
    {
        RelayOptions options = With(LinkFaults.None);
        var relay = new DatagramRelay(options, Target);
        DatagramClient client = Send(relay, Client(1), "a"u8, 0);
        options.Plan.SetLayers(LinkDirection.ToTarget, [new LinkLayer("gone", new LinkFaults { Loss = 1 })]);
        relay.OnDatagram(Client(1), "b"u8, 1, 0);
        Assert.Single(TransmitsOf(client, 0));
        Assert.Equal(1, options.ToTarget.Read().Lost);
    }

    [Fact]
    public void A_thousand_clients_that_come_and_go_leave_nothing_behind()
    {
        var relay = new DatagramRelay(With(LinkFaults.None) with { IdleNs = 1_000 * Millisecond }, Target);
        for (int number = 0; number < 1_000; number++)
        {
            relay.OnDatagram(Client(number), "x"u8, 1, number);
        }

        Assert.Equal(1_000, relay.OpenCount);
        relay.OnTimer(relay.NextDeadlineNs + (1_250 * Millisecond));
        Assert.Equal((0, 1_000), (relay.OpenCount, relay.ClientCount));
        Assert.Equal(long.MaxValue, relay.NextDeadlineNs);
        int forgotten = 0;
        while (relay.TryTakeReady(out DatagramClient? client))
        {
            forgotten += client.IsForgotten ? 1 : 0;
        }

        Assert.Equal(1_000, forgotten);
    }

    private static RelayOptions With(LinkFaults faults)
    {
        var plan = new LinkPlan(5);
        plan.SetLayers(LinkDirection.ToTarget, [new LinkLayer("link", faults)]);
        return new RelayOptions(plan);
    }

    private static PathKey Client(int number) => PathKey.To([10, 0, (byte)(number / 256), (byte)number], 5_000);

    private static DatagramClient Send(DatagramRelay relay, PathKey from, ReadOnlySpan<byte> bytes, long nowNs)
    {
        relay.OnDatagram(from, bytes, bytes.Length, nowNs);
        Assert.True(relay.TryTakeNew(out DatagramClient? client));
        Assert.Equal(from, client.Path);
        return client;
    }

    private static List<(byte[] Bytes, Transmit Transmit)> TransmitsOf(IDatagramEngine engine, long nowNs)
    {
        var sent = new List<(byte[] Bytes, Transmit Transmit)>();
        byte[] buffer = new byte[DatagramLimits.MaxPayload];
        while (engine.TryGetTransmit(buffer, nowNs, out Transmit transmit))
        {
            sent.Add((buffer[..transmit.Length], transmit));
        }

        return sent;
    }

    private static List<LinkNote> NotesOf(ulong seed, bool interleaved)
    {
        var plan = new LinkPlan(seed);
        var faults = new LinkFaults { Loss = 0.1, Duplicate = 0.1, Reorder = 0.1, Corrupt = 0.1, Jitter = TimeSpan.FromSeconds(1) };
        plan.SetLayers(LinkDirection.ToTarget, [new LinkLayer("link", faults)]);
        var notes = new NoteList();
        var relay = new DatagramRelay(new RelayOptions(plan) { Observer = notes }, Target);

        // Both are seen in the same order; then one after the other, or in turns.
        IEnumerable<int> clients = Enumerable.Range(0, 2_000).Select(index => interleaved || index < 2 ? index % 2 : index > 1_000 ? 1 : 0);
        foreach ((int index, int client) in clients.Index())
        {
            relay.OnDatagram(Client(client), new byte[50], 50, index);
        }

        return notes.Notes;
    }

    private sealed class NoteList : ILinkObserver
    {
        public List<LinkNote> Notes { get; } = [];

        public void OnDecision(in LinkNote note) => Notes.Add(note);
    }

    private sealed class NoteReplay(IEnumerable<LinkNote> notes) : ILinkReplay
    {
        private readonly Dictionary<(LinkDirection, long, long), LinkVerdict> _verdicts =
            notes.ToDictionary(static note => (note.Direction, note.Client, note.Unit), static note => note.Verdict);

        public bool TryGet(LinkDirection direction, long client, long unit, out LinkVerdict verdict) =>
            _verdicts.TryGetValue((direction, client, unit), out verdict);
    }
}
