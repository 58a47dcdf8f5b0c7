using Aldis.Protocols.Framing;

namespace Aldis.Protocols.Tests.Framing;

public sealed class PrefaceDetectorTests
{
    [Theory]
    [InlineData("", StreamForm.NeedMore)]
    [InlineData("A", StreamForm.NeedMore)]
    [InlineData("ALDIS/1", StreamForm.NeedMore)]
    [InlineData("ALDIS/1 ", StreamForm.Native)]
    [InlineData("ALDIS/1 messages client=pump-7", StreamForm.Native)]
    [InlineData("ALDIS/2", StreamForm.Plain)]
    [InlineData("B", StreamForm.Plain)]
    [InlineData("ALDIS/1\n", StreamForm.Plain)]
    [InlineData("5       ", StreamForm.Plain)]
    internal void The_form_is_decided_at_the_first_byte_that_differs(string received, StreamForm form) =>
        Assert.Equal(form, PrefaceDetector.Detect(Pieces.Of(received)));

    [Fact]
    public void A_preface_in_single_bytes_is_as_if_it_had_come_whole()
    {
        string[] bytes = "ALDIS/1 ".Select(c => c.ToString()).ToArray();
        for (int count = 0; count < bytes.Length; count++)
        {
            Assert.Equal(StreamForm.NeedMore, PrefaceDetector.Detect(Pieces.Of(bytes[..count])));
        }

        Assert.Equal(StreamForm.Native, PrefaceDetector.Detect(Pieces.Of(bytes)));
    }

    [Theory]
    [InlineData("ALD", StreamForm.Plain)]
    [InlineData("", StreamForm.Plain)]
    [InlineData("ALDIS/1 ", StreamForm.Native)]
    internal void A_connection_that_stops_inside_the_prefix_is_plain(string received, StreamForm form) =>
        Assert.Equal(form, PrefaceDetector.Detect(Pieces.Of(received), final: true));
}
