using Aldis.Protocols.Fairness;
using Aldis.Protocols.Randomness;

namespace Aldis.Protocols.Tests.Fairness;

/// <summary>A rate for each network, whoever else comes.</summary>
public sealed class NetworkRatesTests
{
    private const long Second = 1_000_000_000;

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
    public void Networks_are_spread_over_the_buckets_whatever_they_look_like()
    {
        foreach (Func<uint, NetworkKey> look in new Func<uint, NetworkKey>[] { Of, static n => NetworkKey.Of((UInt128)n << 64), static n => NetworkKey.Of((UInt128)n << 110) })
        {
            int hit = Enumerable.Range(0, NetworkRates.Buckets)
                .Select(n => look((uint)n).Hash(new UInt128(0x0123_4567_89AB_CDEF, 0xFEDC_BA98_7654_3210)) & (NetworkRates.Buckets - 1)).Distinct().Count();

            // Thrown at random, 63 % of the buckets are hit.
            Assert.InRange(hit, NetworkRates.Buckets * 58 / 100, NetworkRates.Buckets);
        }
    }

    [Fact]
    public void Which_networks_meet_depends_on_the_secret()
    {
        int met = 0;
        for (uint n = 0; n < 10_000; n++)
        {
            met += Enumerable.Range(1, 3).All(secret => Same(Of(0), Of(n + 1), new SeededRandom((ulong)secret))) ? 1 : 0;
        }

        Assert.InRange(met, 0, 2);
    }

    private static bool Same(NetworkKey one, NetworkKey other, SeededRandom random)
    {
        var secret = new UInt128(random.NextUInt64(), random.NextUInt64());
        return ((one.Hash(secret) ^ other.Hash(secret)) & (NetworkRates.Buckets - 1)) == 0;
    }

    private static NetworkRates New(double perSecond, double atOnce) => new(perSecond, atOnce, new UInt128(7, 11));

    private static NetworkKey Of(uint address) => NetworkKey.Of(new UInt128(0, 0xFFFF_0000_0000UL | address));

    private static int Taken(NetworkRates rates, NetworkKey network, long nowNs, int attempts) =>
        Enumerable.Range(0, attempts).Count(_ => rates.TryTake(network, nowNs));
}
