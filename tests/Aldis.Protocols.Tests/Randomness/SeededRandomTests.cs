using Aldis.Protocols.Randomness;

namespace Aldis.Protocols.Tests.Randomness;

public sealed class SeededRandomTests
{
    /// <summary>
    /// The expected words come from a second implementation whose two parts give the published first values: xoshiro256** from the
    /// state 1, 2, 3, 4 begins 11520, 0, 1509978240; splitmix64 from 1234567 begins 6457827717110365317.
    /// </summary>
    [Fact]
    public void The_sequence_is_that_of_the_reference_implementation()
    {
        Assert.Equal([0x99ec5f36cb75f2b4, 0xbf6e1f784956452a, 0x1a5f849d4933e6e0, 0x6aa594f1262d2d2c], FirstWords(0));
        Assert.Equal([0x15780b2e0c2ec716, 0x6104d9866d113a7e, 0xae17533239e499a1, 0xecb8ad4703b360a1], FirstWords(42));
    }

    [Fact]
    public void A_bounded_draw_reaches_every_value_about_equally_often()
    {
        var random = new SeededRandom(7);
        var counts = new int[10];
        const int Draws = 100_000;
        for (int i = 0; i < Draws; i++)
        {
            counts[random.NextBelow(counts.Length)]++;
        }

        double chiSquare = counts.Sum(count => Math.Pow(count - (Draws / 10.0), 2) / (Draws / 10.0));
        Assert.InRange(chiSquare, 0, 33.7); // 9 degrees of freedom, one in ten thousand
    }

    [Fact]
    public void A_bounded_draw_near_the_top_of_the_range_stays_below_its_bound()
    {
        var random = new SeededRandom(3);
        const ulong Bound = (1UL << 63) + 1;
        for (int i = 0; i < 1000; i++)
        {
            Assert.True(random.NextBelow(Bound) < Bound);
        }
    }

    [Fact]
    public void A_certain_coin_does_not_advance_the_sequence()
    {
        var tossed = new SeededRandom(1);
        Assert.True(tossed.Chance(1));
        Assert.False(tossed.Chance(0));
        Assert.Equal(new SeededRandom(1).NextUInt64(), tossed.NextUInt64());
    }

    [Fact]
    public void Filling_gives_the_words_in_little_endian_order()
    {
        var bytes = new byte[11];
        new SeededRandom(42).Fill(bytes);
        Assert.Equal(Convert.FromHexString("16c72e0c2e0b78157e3a11"), bytes);
    }

    [Fact]
    public void A_fork_is_independent_of_later_draws_of_its_parent()
    {
        var one = new SeededRandom(9);
        var two = new SeededRandom(9);
        SeededRandom forkOfOne = one.Fork();
        SeededRandom forkOfTwo = two.Fork();
        one.NextUInt64();
        Assert.Equal(forkOfOne.NextUInt64(), forkOfTwo.NextUInt64());
    }

    private static ulong[] FirstWords(ulong seed)
    {
        var random = new SeededRandom(seed);
        return [random.NextUInt64(), random.NextUInt64(), random.NextUInt64(), random.NextUInt64()];
    }
}
