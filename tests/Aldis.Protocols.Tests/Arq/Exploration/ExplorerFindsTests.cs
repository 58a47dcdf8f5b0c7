using Aldis.Protocols.Arq;
using Aldis.Protocols.Tests.Arq.Simulation;

namespace Aldis.Protocols.Tests.Arq.Exploration;

/// <summary>The explorer finds engines that are broken, and shows the shortest way there.</summary>
public sealed class ExplorerFindsTests(ITestOutputHelper output)
{
    private static readonly StreamPattern Pattern = new(3);

    /// <summary>Numbers modulo 2 for a window of one, modulo W + 1 for go-back-N, modulo 2W for selective repeat suffice where the order
    /// is kept (docs/arq.md section 2), and deliver a wrong byte where it is not.</summary>
    [Theory]
    [InlineData(ArqMode.StopAndWait, 1, 2, nameof(ExplorerNetwork.Counted))]
    [InlineData(ArqMode.GoBackN, 2, 3, nameof(ExplorerNetwork.Counted))]
    [InlineData(ArqMode.SelectiveRepeat, 1, 2, nameof(ExplorerNetwork.Counted))]
    [InlineData(ArqMode.StopAndWait, 1, 2, nameof(ExplorerNetwork.Free))]
    [InlineData(ArqMode.GoBackN, 2, 3, nameof(ExplorerNetwork.Free))]
    [InlineData(ArqMode.SelectiveRepeat, 1, 2, nameof(ExplorerNetwork.FreeAtOnce))]
    public void A_receiver_that_decides_by_numbers_modulo_a_few(ArqMode mode, int window, int modulus, string network)
    {
        PropertyViolationException found = Find(
            ExplorerSetup.Of(mode, window) with
            {
                Network = Enum.Parse<ExplorerNetwork>(network),
                WritesAtAnyTime = true,
                BreakServer = e => new ModuloSeam(e, modulus, ExplorerModel.FrameBytes),
            },
            new ExplorerBounds(0, 1, 0));
        Assert.Contains(found.Property, new[] { Property.DeliveredIsAPrefix, Property.AcknowledgedBytesAreStored });
    }

    /// <summary>The textbook is right as far as it goes: without a copy that comes late the same receivers are in order.</summary>
    [Theory]
    [InlineData(ArqMode.StopAndWait, 1, 2)]
    [InlineData(ArqMode.GoBackN, 2, 3)]
    [InlineData(ArqMode.SelectiveRepeat, 1, 2)]
    public void Numbers_modulo_a_few_suffice_without_copies(ArqMode mode, int window, int modulus)
    {
        ExplorerSetup setup = ExplorerSetup.Of(mode, window) with
        {
            WritesAtAnyTime = true,
            BreakServer = e => new ModuloSeam(e, modulus, ExplorerModel.FrameBytes),
        };
        Assert.True(new Explorer(() => new ExplorerModel(setup, Pattern), default, shortestFirst: true).Run().IsExhausted);
    }

    [Theory]
    [InlineData(nameof(ExplorerNetwork.Counted))]
    [InlineData(nameof(ExplorerNetwork.Free))]
    public void An_engine_that_cannot_end(string network)
    {
        PropertyViolationException found = Find(
            ExplorerSetup.Of(ArqMode.GoBackN, 2) with
            {
                Network = Enum.Parse<ExplorerNetwork>(network),
                BreakServer = e => new LyingSeam(e)
                {
                    Event = o => o.Kind == ArqEventKind.Closed ? o with { Kind = ArqEventKind.Writable } : o,
                },
            },
            default);
        Assert.Equal(Property.TransfersFinish, found.Property);
    }

    [Theory]
    [InlineData(nameof(ExplorerNetwork.Counted))]
    [InlineData(nameof(ExplorerNetwork.FreeAtOnce))]
    public void An_engine_that_delivers_what_came_together_wrongly(string network)
    {
        PropertyViolationException found = Find(
            ExplorerSetup.Of(ArqMode.SelectiveRepeat, 3) with
            {
                Network = Enum.Parse<ExplorerNetwork>(network),
                BreakServer = e => new LyingSeam(e) { ReadResult = SpoilTwoFrames },
            },
            default);
        Assert.Equal(Property.DeliveredIsAPrefix, found.Property);
    }

    private static int SpoilTwoFrames(byte[] bytes, int count)
    {
        bytes[0] ^= count == 2 * ExplorerModel.FrameBytes ? (byte)1 : (byte)0;
        return count;
    }

    private PropertyViolationException Find(ExplorerSetup setup, ExplorerBounds bounds)
    {
        var explorer = new Explorer(() => new ExplorerModel(setup, Pattern), bounds, shortestFirst: true);
        PropertyViolationException found = Assert.Throws<PropertyViolationException>(() => explorer.Run());
        output.WriteLine(found.Message);
        return found;
    }
}
