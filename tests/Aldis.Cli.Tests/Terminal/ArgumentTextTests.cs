using System.Text;
using Aldis.Cli.Terminal;
using FsCheck;
using FsCheck.Fluent;

namespace Aldis.Cli.Tests.Terminal;

/// <summary>Arguments keep the bytes that they were given as.</summary>
public sealed class ArgumentTextTests
{
    private static readonly byte[] Latin1 = [.. "caf"u8, 0xe9, .. " 5"u8];

    [Fact]
    public void Any_bytes_come_back_as_they_were() =>
        Prop.ForAll<byte[]>(static bytes => ArgumentText.Encode(ArgumentText.Decode(bytes)).AsSpan().SequenceEqual(bytes))
            .QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("")]
    [InlineData("plain")]
    [InlineData("wörld \ufffd \U0001f480")]
    public void Text_stays_text(string text)
    {
        Assert.Equal(text, ArgumentText.Decode(Encoding.UTF8.GetBytes(text)));
        Assert.True(ArgumentText.IsText(text));
        Assert.Equal(Encoding.UTF8.GetBytes(text), ArgumentText.Encode(text));
    }

    [Theory]
    [InlineData("aldis\0send\0host\0")]
    [InlineData("/usr/bin/dotnet\0exec\0/opt/aldis.dll\0send\0host\0")]
    public void What_the_runtime_replaced_is_put_back_from_the_command_line(string before)
    {
        string restored = ArgumentText.Restore(["send", "host", Replaced(Latin1)], [.. Encoding.UTF8.GetBytes(before), .. Latin1, 0])[2];
        Assert.Equal(Latin1, ArgumentText.Encode(restored));
        Assert.True(ArgumentText.IsKnown(restored));
        Assert.False(ArgumentText.IsText(restored));
        Assert.Equal("caf\\xe9 5", ArgumentText.Show(restored));
    }

    [Fact]
    public void Empty_words_and_a_replacement_character_that_was_given_are_what_they_are()
    {
        string[] arguments = ["", "\ufffd", ""];
        Assert.Equal(arguments, ArgumentText.Restore(arguments, "aldis\0\0\ufffd\0\0"u8));
    }

    [Theory]
    [InlineData("")]
    [InlineData("aldis\0something else\0")]
    [InlineData("aldis\0no end")]
    public void Where_the_command_line_is_not_known_or_another_one_what_was_replaced_is_not_known(string commandLine)
    {
        string[] restored = ArgumentText.Restore(["text", Replaced(Latin1)], Encoding.UTF8.GetBytes(commandLine));
        Assert.Equal("text", restored[0]);
        Assert.False(ArgumentText.IsKnown(restored[1]));
        Assert.False(ArgumentText.IsText(restored[1]));
    }

    private static string Replaced(byte[] bytes) => Encoding.UTF8.GetString(bytes);
}
