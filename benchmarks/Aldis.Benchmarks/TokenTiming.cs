using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Aldis.Protocols.Access;

namespace Aldis.Benchmarks;

/// <summary>
/// Times how long a server takes to find that a token is wrong which shares nothing, half or all but the last letter with a right one, in alternating
/// batches: whether the time tells how much of a guess is right.
/// </summary>
internal static class TokenTiming
{
    private const int BatchSize = 50_000;
    private const int Tokens = 1000;
    private const int TokenLength = 43;

    /// <summary>Runs it.</summary>
    /// <param name="arguments"><c>--rounds N</c>.</param>
    /// <returns>1 where two medians differ by more than a twentieth, otherwise 0.</returns>
    public static int Run(Arguments arguments)
    {
        int rounds = arguments.Count("--rounds", 101);
        string right = new('r', TokenLength);
        var table = new TokenTable(Enumerable.Range(0, Tokens).Select(number => Entry(
            number == 0 ? right : number.ToString(CultureInfo.InvariantCulture).PadLeft(TokenLength, 'x'))));
        (string Shares, byte[] Token, List<double> Nanoseconds)[] kinds =
        [
            ("nothing", Encoding.ASCII.GetBytes(new string('w', TokenLength)), []),
            ("half", Encoding.ASCII.GetBytes(right[..(TokenLength / 2)].PadRight(TokenLength, 'w')), []),
            ("all but the last letter", Encoding.ASCII.GetBytes(right[..^1] + "w"), []),
        ];
        for (int round = -5; round < rounds; round++)
        {
            foreach ((_, byte[] token, List<double> nanoseconds) in kinds)
            {
                double taken = Time(table, token);
                if (round >= 0)
                {
                    nanoseconds.Add(taken);
                }
            }
        }

        double[] medians = [.. kinds.Select(static kind => kind.Nanoseconds.Order().ElementAt(kind.Nanoseconds.Count / 2))];
        string said = string.Join("; ", kinds.Zip(medians, static (kind, median) => FormattableString.Invariant($"{kind.Shares} {median:0.0} ns")));
        Console.WriteLine($"a wrong token that shares with a right one: {said}");
        return medians.Max() < 1.05 * medians.Min() ? 0 : 1;
    }

    private static double Time(TokenTable table, byte[] token)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        long began = Stopwatch.GetTimestamp();
        for (int count = 0; count < BatchSize; count++)
        {
            SHA256.HashData(token, hash);
            if (table.Find(hash) is not null)
            {
                throw new InvalidOperationException("A wrong token was found.");
            }
        }

        return Stopwatch.GetElapsedTime(began).TotalNanoseconds / BatchSize;
    }

    private static TokenEntry Entry(string token) =>
        new() { Name = "token", Hash = SHA256.HashData(Encoding.ASCII.GetBytes(token)), Ids = ["*"] };
}
