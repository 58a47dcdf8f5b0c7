using System.Globalization;
using Aldis.Protocols.Messages;
using Aldis.Services.Messages;
using Aldis.Transports;
using static Aldis.Services.Tests.Messages.VirtualDelivery;

namespace Aldis.Services.Tests.Messages;

/// <summary>
/// The client's loop against a server whose mood changes at random, while lines come at random. Afterwards a reading of section 5.4 of
/// docs/protocols/messages.md, written apart from the code, goes through all that happened and says whether the loop gave up when it had
/// to, not before, and with the right word.
/// </summary>
public sealed class RandomOutageTests
{
    private static readonly int Runs =
        int.Parse(Environment.GetEnvironmentVariable("ALDIS_OUTAGE_RUNS") ?? "400", CultureInfo.InvariantCulture);

    private static readonly ServerMood[] Moods =
    [
        ServerMood.Serves, ServerMood.Serves, ServerMood.Down, ServerMood.Unreachable, ServerMood.Frozen, ServerMood.Busy,
        ServerMood.DiskFull, ServerMood.ShutsDown, ServerMood.Mute, ServerMood.CutsAtMessage,
    ];

    [Fact]
    public void The_client_gives_up_when_the_rules_say_so_and_loses_no_line()
    {
        for (int seed = 1; seed <= Runs; seed++)
        {
            Run(seed);
        }
    }

    [Fact]
    public void A_fresh_seed_keeps_the_rules_too() => Run(Random.Shared.Next());

    private static void Run(int seed)
    {
        var random = new Random(seed);
        var world = new VirtualWorld();
        var retry = TimeSpan.FromMilliseconds(random.Next(4) == 0 ? 0 : random.Next(1, 30_000));
        var timeout = TimeSpan.FromMilliseconds(random.Next(500, 15_000));
        var server = new ScriptedServer(world) { ConnectTimeout = timeout, RetryMilliseconds = random.Next(1, 5000), Mood = Pick() };
        var delivery = new VirtualDelivery(world, server)
        {
            Options = new MessagesClientOptions
            {
                RetryFirstConnection = true,
                RetryFor = retry,
                AnswerTimeout = timeout,
                ConnectTimeout = timeout,
            },
        };
        TimeSpan moment = TimeSpan.Zero;
        int lines = random.Next(1, 30);
        int given = 0;
        for (int i = 0; i < 60; i++)
        {
            moment += TimeSpan.FromMilliseconds(random.Next(8000));
            if (random.Next(2) == 0 && given < lines)
            {
                delivery.GiveAt(moment, $"line {++given}");
            }
            else
            {
                delivery.MoodAt(moment, Pick());
            }
        }

        delivery.EndInputAt(moment);
        delivery.MoodAt(moment + Seconds(1), ServerMood.Serves);
        MessageDelivery end = delivery.Run();
        try
        {
            Judge(end, delivery, retry, timeout);
        }
        catch (Exception exception)
        {
            string history = string.Join('\n', History(delivery).Select(static entry => $"{entry.At.TotalSeconds,9:0.000}  {entry.What}"));
            Assert.Fail(
                $"seed {seed}, --retry {retry.TotalSeconds}s, --timeout {timeout.TotalSeconds}s: {exception.Message}\n{history}\n{end}");
        }

        ServerMood Pick() => Moods[random.Next(Moods.Length)];
    }

    private static List<(TimeSpan At, string What)> History(VirtualDelivery delivery) =>
    [
        .. delivery.Server.Seen.Concat(delivery.Events.Select(static seen => (seen.At, What: seen.Event.Kind.ToString())))
            .OrderBy(static entry => entry.At),
    ];

    private static void Judge(MessageDelivery end, VirtualDelivery delivery, TimeSpan retry, TimeSpan timeout)
    {
        // Nothing is lost and nothing twice: what was acknowledged is stored, in order, and the rest is in the outbox.
        Assert.Equal(Enumerable.Range(1, delivery.Server.Stored.Count).Select(static n => $"line {n}"), delivery.Server.Stored);
        Assert.InRange(end.Acknowledged, 0, delivery.Server.Stored.Count);
        Assert.Equal(delivery.Outbox.Taken, end.Offered);
        if (end.Failure is null)
        {
            Assert.Equal(0, end.Unacknowledged);
            return;
        }

        // What the loop told, in its order: that alone says what it knew. An attempt follows each report that there will be one.
        bool served = false;
        TimeSpan? unserved = TimeSpan.Zero;
        int attempts = 1;
        foreach ((TimeSpan at, MessagesClientEvent happened) in delivery.Events)
        {
            switch (happened.Kind)
            {
                case MessagesClientEventKind.Acknowledged:
                    (served, unserved) = (true, null);
                    break;
                case MessagesClientEventKind.Connected:
                    // Where nothing waits a hello is service; a line that waits was given before and not acknowledged.
                    unserved = Waiting(delivery, at) ? unserved : null;
                    break;
                case MessagesClientEventKind.Delayed:
                    attempts = unserved is null ? 0 : attempts;
                    unserved ??= at;
                    Assert.True(at - unserved < retry || IsEnd(end, at), $"at {at} the budget was used up, and it went on");
                    break;
                case MessagesClientEventKind.Reconnecting:
                    attempts = unserved is null ? 0 : attempts;
                    unserved ??= at;
                    Assert.True(
                        at - unserved < retry || (retry > TimeSpan.Zero && attempts < 2),
                        $"at {at} the budget was used up, and it tried again");
                    attempts++;
                    break;
            }
        }

        // The last connection's end was told by the failure alone.
        attempts = unserved is null ? 0 : attempts;
        unserved ??= end.Elapsed;
        Assert.True(SenderEnds.AllowsReconnect(end.End), $"{end.End}");
        Assert.True(end.Elapsed - unserved >= retry, $"it gave up {end.Elapsed - unserved} after {unserved}");
        bool isDelayed = end.Failure.Message.Contains("takes nothing", StringComparison.Ordinal);
        Assert.True(retry == TimeSpan.Zero || isDelayed || attempts >= 2, "one silent connection was enough");

        // At most: the budget, a connection that begins at its end, and what one look and one second connection may take.
        TimeSpan longest = retry + (3 * (timeout + timeout + timeout)) + Seconds(10);
        Assert.True(end.Elapsed - unserved <= longest, $"it went on for {end.Elapsed - unserved} after {unserved}");
        Assert.Equal(isDelayed, end.Failure.Failure == CommunicationFailure.Refused);
        Assert.Equal(served, end.Acknowledged > 0);
    }

    private static bool IsEnd(MessageDelivery end, TimeSpan at) => at == end.Elapsed;

    /// <summary>Whether a line was taken by then that is not acknowledged by then.</summary>
    private static bool Waiting(VirtualDelivery delivery, TimeSpan at) =>
        delivery.GivenAt.Count(given => given <= at)
        > delivery.Events.Where(seen => seen.At <= at && seen.Event.Kind == MessagesClientEventKind.Acknowledged)
            .Sum(static seen => seen.Event.Last - seen.Event.First + 1);
}
