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

                AssertSame(model, ref set, seed, step);
                AssertSameGap(model, set, start, end);
            }
        }
    }

    [Fact]
    public void It_does_so_with_thousands_of_stretches()
    {
        const int Many = 6_000;
        for (ulong seed = 0; seed < 12; seed++)
        {
            var random = new SeededRandom(seed);
            var set = new RangeSet();
            bool[] model = new bool[Many];
            for (int step = 0; step < 12_000; step++)
            {
                // Mostly single numbers, so that stretches become many; now and then one change that touches hundreds of them.
                int most = random.NextBelow(step % 3_000 < 2_500 ? 4_000 : 300) == 0 ? Many / 4 : 2;
                int start = random.NextBelow(Many - 1);
                int end = Math.Min(Many, start + 1 + random.NextBelow(most));
                if (random.NextBelow(5) == 0)
                {
                    Assert.Equal(model.AsSpan(start, end - start).Contains(true), HasSome(ref set, start, end));
                    set.Remove(start, end);
                    model.AsSpan(start, end - start).Clear();
                }
                else if (random.NextBelow(2_500) == 0)
                {
                    set.RemoveBelow(start);
                    model.AsSpan(0, start).Clear();
                }
                else
                {
                    int around = Math.Max(0, start - 1);
                    bool isApart = !model.AsSpan(around, Math.Min(Many, end + 1) - around).Contains(true);
                    Assert.Equal(isApart, set.WouldGrow(start, end));
                    Assert.Equal(model.AsSpan(start, end - start).Count(false), set.Add(start, end));
                    model.AsSpan(start, end - start).Fill(true);
                }

                if (step % 997 == 0)
                {
                    AssertSame(model, ref set, seed, step);
                }
            }

            set.RemoveBelow(Many - 3);
            set.Trim();
            model.AsSpan(0, Many - 3).Clear();
            AssertSame(model, ref set, seed, step: -1);
            set.Clear();
            Assert.True(set.IsEmpty);
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

    private static void AssertSame(bool[] model, ref RangeSet set, ulong seed, int step)
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
        Assert.Equal(held, set.Total);
        for (int number = 0; number < model.Length; number++)
        {
            Assert.Equal(model[number], set.Contains(number));
        }
    }

    private static bool HasSome(ref RangeSet set, int start, int end)
        => !set.TryFindGap(start, end, out OffsetRange gap) || gap != new OffsetRange(start, end);

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
