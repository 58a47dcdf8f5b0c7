using Aldis.Protocols.Arq.Streams;
using Aldis.Protocols.Randomness;

namespace Aldis.Protocols.Tests.Arq;

public sealed class RangeSetTests
{
    private const int Universe = 200;

    [Fact]
    public void It_holds_exactly_what_a_plain_set_would_hold()
    {
        for (ulong seed = 0; seed < 300; seed++)
        {
            var random = new SeededRandom(seed);
            var set = new RangeSet();
            bool[] model = new bool[Universe];
            for (int step = 0; step < 120; step++)
            {
                int start = random.NextBelow(Universe - 1);
                int end = Math.Min(Universe, start + 1 + random.NextBelow(12));
                switch (random.NextBelow(5))
                {
                    case 0:
                        set.Remove(start, end);
                        model.AsSpan(start, end - start).Clear();
                        break;
                    case 1 when random.NextBelow(4) == 0:
                        set.RemoveBelow(start);
                        model.AsSpan(0, start).Clear();
                        break;
                    default:
                        long missing = model.AsSpan(start, end - start).Count(false);
                        Assert.Equal(missing, set.Add(start, end));
                        model.AsSpan(start, end - start).Fill(true);
                        break;
                }

                AssertSame(model, set, seed, step);
                AssertSameGap(model, set, start, end);
            }
        }
    }

    [Fact]
    public void Removing_from_the_middle_leaves_both_sides()
    {
        var set = new RangeSet();
        set.Add(0, 10);
        set.Remove(3, 6);
        Assert.Equal(2, set.Count);
        Assert.Equal(new OffsetRange(0, 3), set.First);
        Assert.Equal(new OffsetRange(6, 10), set.Last);
    }

    [Fact]
    public void Neighbours_become_one()
    {
        var set = new RangeSet();
        set.Add(0, 3);
        set.Add(6, 9);
        Assert.Equal(3, set.Add(3, 6));
        Assert.Equal(new OffsetRange(0, 9), set.First);
        Assert.Equal(1, set.Count);
    }

    private static void AssertSame(bool[] model, RangeSet set, ulong seed, int step)
    {
        long previous = -1;
        int held = 0;
        for (int i = 0; i < set.Count; i++)
        {
            Assert.True(set[i].Start > previous, $"seed {seed}, step {step}: ranges touch");
            previous = set[i].End;
            held += (int)(set[i].End - set[i].Start);
        }

        Assert.Equal(model.Count(held => held), held);
        for (int number = 0; number < Universe; number++)
        {
            Assert.Equal(model[number], set.Contains(number));
        }
    }

    private static void AssertSameGap(bool[] model, RangeSet set, int start, int end)
    {
        int first = start + model.AsSpan(start, end - start).IndexOf(false);
        bool found = set.TryFindGap(start, end, out OffsetRange gap);
        Assert.Equal(first >= start, found);
        if (found)
        {
            int length = model.AsSpan(first, end - first).IndexOf(true);
            Assert.Equal(new OffsetRange(first, length < 0 ? end : first + length), gap);
        }
    }
}
