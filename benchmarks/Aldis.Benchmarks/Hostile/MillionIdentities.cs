using System.Net;

namespace Aldis.Benchmarks.Hostile;

/// <summary>A million ids that nobody had before, from 64 addresses: many bring what one may not.</summary>
internal static class MillionIdentities
{
    private const int Identities = 1_000_000;
    private const int FewIdentities = 2_000;
    private const int Addresses = 64;
    private const int Network = 43;
    private const int PerSecond = 20_000;

    // An id that was taken is known for ever: its name, its mark and its place in two tables.
    private const int KeptBytesOfOne = 300;
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(6);

    public static Attack Attack { get; } = new(
        "million-identities",
        "a million ids from 64 addresses, as fast as 20,000 a second, minutes in all: those beyond an address's are busy, honest clients are answered",
        AttackAsync);

    /// <summary>Brings ids, each over a connection of its own.</summary>
    /// <returns>How many, how many of them were taken, and how many were told that the server is busy.</returns>
    public static async Task<(long Tried, long Taken, long Refused)> RunAsync(
        IPEndPoint server, double perSecond, CancellationToken over, long most = long.MaxValue)
    {
        long taken = 0;
        long refused = 0;
        long tried = await Pace.RunAsync(
            perSecond,
            async number =>
            {
                switch (await NewIdentities.TakeAsync(server, Wire.From(Network, 1 + (int)(number % Addresses)), $"million-{number}"))
                {
                    case NewIdentities.Outcome.Taken:
                        Interlocked.Increment(ref taken);
                        break;
                    case NewIdentities.Outcome.Refused:
                        Interlocked.Increment(ref refused);
                        break;
                    default:
                        break;
                }
            },
            over,
            most);
        return (tried, taken, refused);
    }

    private static Task AttackAsync(Ground ground, Verdict verdict)
    {
        long known = 0;
        return MemoryAttack.RunAsync(
            ground,
            verdict,
            new ServerSetup("messages=tcp://127.0.0.1:0", "--level", "stored"),
            async server =>
            {
                using var over = new CancellationTokenSource(Longest);
                int identities = ground.Scale(Identities, FewIdentities);
                (long tried, long taken, long refused) = await RunAsync(server.At("messages/tcp"), PerSecond, over.Token, identities);
                known = taken;
                verdict.Check("tried", tried, tried == identities);
                verdict.Tell("taken", taken);
                verdict.Tell("refused", refused);
                verdict.Check("answered", taken + refused, taken + refused >= tried * 0.99);
                int welcome = await NewIdentities.AskAsync(server.At("messages/tcp"));
                verdict.Check("newcomers", welcome, welcome == NewIdentities.Newcomers);
                return 0;
            },
            kept: () => known * KeptBytesOfOne);
    }
}
