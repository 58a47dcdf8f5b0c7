using System.Runtime.InteropServices;
using Aldis.Transports.Randomness;

namespace Aldis.Transports.Tests.Randomness;

public sealed class SystemRandomTests
{
    private const int Interrupted = 4;
    private const int NotPermitted = 1;

    [Fact]
    public void As_many_bytes_come_as_are_asked_for_and_they_differ_each_time()
    {
        byte[] first = SystemRandom.GetBytes(100_000);
        byte[] second = SystemRandom.GetBytes(100_000);
        Assert.Equal(100_000, first.Length);
        Assert.NotEqual(first, second);
        // Of 100,000 random bytes no stretch of 16 is zero: it would be one that was left out.
        Assert.Equal(-1, first.AsSpan().IndexOf(new byte[16]));
        Assert.Empty(SystemRandom.GetBytes(0));
    }

    [Fact]
    public void An_answer_that_is_short_or_interrupted_is_followed_by_another_question()
    {
        byte[] bytes = new byte[10];
        Queue<nint> answers = new([3, -1, 0, 6, -1, 1]);
        byte next = 1;
        SystemRandom.Fill(bytes, part =>
        {
            nint got = answers.Dequeue();
            Marshal.SetLastPInvokeError(Interrupted);
            for (int at = 0; at < got; at++)
            {
                part[at] = next++;
            }

            return got;
        });
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], bytes);
        Assert.Empty(answers);
    }

    [Fact]
    public void A_system_that_gives_none_is_an_error_and_never_zeros()
    {
        IOException error = Assert.Throws<IOException>(static () => SystemRandom.Fill(new byte[4], static _ =>
        {
            Marshal.SetLastPInvokeError(NotPermitted);
            return -1;
        }));
        Assert.Contains("no random numbers (getrandom)", error.Message, StringComparison.Ordinal);
    }
}
