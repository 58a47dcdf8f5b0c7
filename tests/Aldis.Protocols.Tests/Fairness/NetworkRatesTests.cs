using Aldis.Protocols.Fairness;
using Aldis.Protocols.Randomness;

namespace Aldis.Protocols.Tests.Fairness;

/// <summary>A rate for each network, whoever else comes.</summary>
public sealed class NetworkRatesTests
{
    private const long Second = 1_000_000_000;
    private const int PerSecond = 10;
    private const int AtOnce = 10;
    private const int Others = 1000;

    private delegate bool TryTake(NetworkKey network, long nowNs, int count = 1);

    // Who pays for what a network takes, in a table that does it wrong.
    private enum Rule
    {
        TakeFromEvery,
        TakeFromFirst,
    }

    [Fact]
    public void A_network_gets_what_is_saved_up_and_then_its_rate()
    {
        NetworkRates rates = New(perSecond: 100, atOnce: 10);

        Assert.Equal(10, Taken(rates, Of(1), nowNs: 1, attempts: 1000));
        Assert.InRange(Enumerable.Range(1, 300).Sum(step => Taken(rates, Of(1), step * Second / 100, attempts: 50)), 299, 300);
    }

    [Fact]
    public void A_network_that_rested_has_no_more_at_once_than_others()
    {
        NetworkRates rates = New(perSecond: 100, atOnce: 10);

        Assert.Equal(10, Taken(rates, Of(1), 1000 * Second, attempts: 1000));
    }

    [Fact]
    public void Endless_networks_do_not_give_one_of_them_another_turn()
    {
        NetworkRates rates = New(perSecond: 1, atOnce: 10);
        Taken(rates, Of(0), nowNs: 1, attempts: 10);
        for (uint other = 1; other < 100_000; other++)
        {
            rates.TryTake(Of(other), nowNs: 1);
        }

        Assert.False(rates.TryTake(Of(0), nowNs: 1));
    }

    [Fact]
    public void Networks_are_spread_over_the_buckets_of_every_row_whatever_they_look_like()
    {
        foreach (Func<uint, NetworkKey> look in new Func<uint, NetworkKey>[] { Of, static n => NetworkKey.Of((UInt128)n << 64), static n => NetworkKey.Of((UInt128)n << 110) })
        {
            for (int row = 0; row < NetworkRates.Rows; row++)
            {
                int hit = Enumerable.Range(0, NetworkRates.BucketsOfRow)
                    .Select(n => Sketch.Find(look((uint)n), Secret(1), row)).Distinct().Count();

                // Thrown at random, 63 % of the buckets are hit.
                Assert.InRange(hit, NetworkRates.BucketsOfRow * 58 / 100, NetworkRates.BucketsOfRow);
            }
        }
    }

    [Fact]
    public void Which_networks_meet_depends_on_the_secret()
    {
        int met = 0;
        for (uint n = 0; n < 10_000; n++)
        {
            met += Enumerable.Range(1, 3).All(secret => FirstBucket(0, secret) == FirstBucket(n + 1, secret)) ? 1 : 0;
        }

        Assert.InRange(met, 0, 2);
    }

    // Of 100,000 networks 0.0004 are to be expected to meet one of the eight in every row.
    [Fact]
    public void Beside_eight_networks_at_their_limit_none_of_a_thousand_is_refused_whatever_the_secret() =>
        Assert.Equal(0, Enumerable.Range(1, 100).Sum(static secret => RefusedBeside(busy: 8, New(secret).TryTake)));

    // 3.75 are to be expected.
    [Fact]
    public void Beside_a_hundred_networks_at_their_limit_few_of_fifty_thousand_are_refused() =>
        Assert.InRange(Enumerable.Range(1, 50).Sum(secret => RefusedBeside(busy: 100, New(secret).TryTake)), 0, 15);

    // 156 are to be expected.
    [Fact]
    public void One_row_of_buckets_refuses_networks_that_took_little() =>
        Assert.InRange(Enumerable.Range(1, 20).Sum(static secret => RefusedBeside(busy: 8, OneRow(secret).TryTake)), 100, 200);

    [Fact]
    public void A_thousand_networks_below_their_rate_do_not_refuse_each_other_as_they_do_where_every_bucket_pays()
    {
        Assert.Equal(0, RefusedBelowRate(static secret => New(secret).TryTake));
        Assert.NotEqual(0, RefusedBelowRate(static secret => new Sketch(NetworkRates.Rows, Rule.TakeFromEvery, Secret(secret)).TryTake));
    }

    [Fact]
    public void In_no_stretch_of_time_does_a_network_get_more_than_what_is_saved_up_and_its_rate()
    {
        for (int seed = 1; seed <= 200; seed++)
        {
            Assert.Equal(0, MostBeyondRate(New(seed).TryTake, seed));
        }
    }

    [Fact]
    public void Buckets_of_which_one_pays_give_a_network_more_than_its_rate() =>
        Assert.NotEqual(0, MostBeyondRate(new Sketch(NetworkRates.Rows, Rule.TakeFromFirst, Secret(1)).TryTake, seed: 1));

    [Fact]
    public void What_was_given_beyond_what_was_there_is_owed_in_every_row()
    {
        NetworkRates rates = New(perSecond: 100, atOnce: 10);

        Assert.True(rates.TryTake(Of(1), Second, count: 60));
        Assert.False(rates.IsFree(Of(1), Second + (Second / 2)));
        Assert.True(rates.IsFree(Of(1), Second + (Second / 2) + (Second / 100)));
    }

    // Busy networks ask for twenty at once, ten times a second; a thousand others so often as is said. How many of these are refused ever.
    private static int RefusedBeside(int busy, TryTake tryTake, int perSecond = 1)
    {
        var refused = new HashSet<int>();
        for (int step = 0; step < 200; step++)
        {
            long nowNs = Second + (step * Second / 10);
            for (int attempt = 0; attempt < 20 * busy; attempt++)
            {
                tryTake(Of((uint)(attempt % busy)), nowNs);
            }

            for (int other = step * perSecond % 10; other < Others; other += Math.Max(1, 10 / perSecond))
            {
                if (!tryTake(Of(0x0A00_0000 + (uint)other), nowNs))
                {
                    refused.Add(other);
                }
            }
        }

        return refused.Count;
    }

    private static int RefusedBelowRate(Func<int, TryTake> make) =>
        Enumerable.Range(1, 20).Sum(secret => RefusedBeside(busy: 0, make(secret), perSecond: PerSecond / 2));

    // Networks of every greed come at any time. How much one got in any stretch of time, all but the last of it, beyond its rate and what
    // was saved up, as the time in which it comes back.
    private static long MostBeyondRate(TryTake tryTake, int seed)
    {
        var random = new SeededRandom((ulong)seed);
        var taken = new List<(long AtNs, int Count)>[30];
        for (int network = 0; network < taken.Length; network++)
        {
            taken[network] = [];
        }

        long nowNs = Second;
        for (int step = 0; step < 5000; step++)
        {
            nowNs += (long)(random.NextUInt64() % 4) * Second / 1000;
            int network = (int)(random.NextUInt64() % (1 + (random.NextUInt64() % (ulong)taken.Length)));
            int count = 1 + (int)(random.NextUInt64() % 3);
            if (tryTake(Of((uint)network), nowNs, count))
            {
                taken[network].Add((nowNs, count));
            }
        }

        return taken.SelectMany(static each => Enumerable.Range(0, each.Count).Select(first => BeyondRate(each, first))).Max();
    }

    private static long BeyondRate(List<(long AtNs, int Count)> taken, int first)
    {
        long most = 0;
        long before = 0;
        for (int last = first; last < taken.Count; last++)
        {
            most = Math.Max(most, ((before - (AtOnce - 1)) * Second / PerSecond) - (taken[last].AtNs - taken[first].AtNs));
            before += taken[last].Count;
        }

        return most;
    }

    private static Sketch OneRow(int secret) => new(rows: 1, Rule.TakeFromEvery, Secret(secret));

    private static int FirstBucket(uint network, int secret) => Sketch.Find(Of(network), Secret(secret), row: 0);

    private static UInt128 Secret(int seed)
    {
        var random = new SeededRandom((ulong)seed);
        return new UInt128(random.NextUInt64(), random.NextUInt64());
    }

    private static NetworkRates New(int secret) => new(PerSecond, AtOnce, Secret(secret));

    private static NetworkRates New(double perSecond, double atOnce) => new(perSecond, atOnce, new UInt128(7, 11));

    private static NetworkKey Of(uint address) => NetworkKey.Of(new UInt128(0, 0xFFFF_0000_0000UL | address));

    private static int Taken(NetworkRates rates, NetworkKey network, long nowNs, int attempts) =>
        Enumerable.Range(0, attempts).Count(_ => rates.TryTake(network, nowNs));

    /// <summary>Rows of buckets that are less than what is tried here, in one way each.</summary>
    private sealed class Sketch(int rows, Rule rule, UInt128 secret)
    {
        private readonly TokenBucket[] _buckets =
            [.. Enumerable.Range(0, rows * NetworkRates.BucketsOfRow).Select(static _ => new TokenBucket(PerSecond, AtOnce))];

        public static int Find(NetworkKey network, UInt128 secret, int row) =>
            (int)(network.Hash(secret) >> (16 * row)) & (NetworkRates.BucketsOfRow - 1);

        public bool TryTake(NetworkKey network, long nowNs, int count)
        {
            int[] mine = [.. Enumerable.Range(0, rows).Select(row => (row * NetworkRates.BucketsOfRow) + Find(network, secret, row))];
            int[] free = [.. mine.Where(each => _buckets[each].NsUntilFree(nowNs) == 0)];
            foreach (int each in free.Length == 0 ? [] : rule == Rule.TakeFromEvery ? mine : free[..1])
            {
                _buckets[each].Take(nowNs, count);
            }

            return free.Length > 0;
        }
    }
}
