using Aldis.Protocols.Files;

namespace Aldis.Protocols.Tests.Files;

/// <summary>What --include and --exclude mean.</summary>
public sealed class PathFilterTests
{
    [Theory]
    [InlineData("*.log", "a.log", true)]
    [InlineData("*.log", "deep/down/a.log", true)]
    [InlineData("*.log", "a.log.gz", false)]
    [InlineData("*.log", "a.log/b", false)]
    [InlineData("a?c", "abc", true)]
    [InlineData("a?c", "a/c", false)]
    [InlineData("a?c", "a😀c", true)]
    [InlineData("/top", "top", true)]
    [InlineData("/top", "in/top", false)]
    [InlineData("old/*.log", "old/a.log", true)]
    [InlineData("old/*.log", "in/old/a.log", true)]
    [InlineData("old/*.log", "cold/a.log", false)]
    [InlineData("old/*.log", "old/in/a.log", false)]
    [InlineData("old/**", "old/in/a.log", true)]
    [InlineData("/a/**/b", "a/b", true)]
    [InlineData("/a/**/b", "a/x/y/b", true)]
    [InlineData("/a/**/b", "a/xb", false)]
    [InlineData("**/b", "b", true)]
    [InlineData("[a-c]x", "bx", true)]
    [InlineData("[a-c]x", "dx", false)]
    [InlineData("[!a-c]x", "dx", true)]
    [InlineData("a[!b]c", "a/c", false)]
    [InlineData("[]x]", "]", true)]
    [InlineData(@"\*", "*", true)]
    [InlineData(@"\*", "a", false)]
    [InlineData("A", "a", false)]
    public void A_pattern_matches_the_end_of_a_path(string pattern, string path, bool matches) =>
        Assert.Equal(matches, PathPattern.Parse(pattern).Matches(path, isDirectory: false));

    [Fact]
    public void With_a_slash_behind_it_it_is_for_directories()
    {
        Assert.True(PathPattern.Parse("build/").Matches("src/build", isDirectory: true));
        Assert.False(PathPattern.Parse("build/").Matches("src/build", isDirectory: false));
    }

    [Theory]
    [InlineData("", "a name in it is empty")]
    [InlineData("/", "a name in it is empty")]
    [InlineData("a//b", "a name in it is empty")]
    [InlineData("a[b", "has no ]")]
    [InlineData("a\\", "there is nothing")]
    public void What_is_no_pattern_is_told(string pattern, string sentence) =>
        Assert.Contains(sentence, Assert.Throws<FormatException>(() => PathPattern.Parse(pattern)).Message, StringComparison.Ordinal);

    [Fact]
    public void Stars_by_the_hundred_take_no_more_than_their_share_of_time()
    {
        string pattern = string.Concat(Enumerable.Repeat("*a", PathPattern.MaxLength / 2));
        Assert.False(PathPattern.Parse(pattern).Matches(new string('a', 511) + "b", isDirectory: false));
    }

    [Theory]
    [InlineData("", "any", PathVerdict.Copied)]
    [InlineData("-*.log", "a.log", PathVerdict.LeftOut)]
    [InlineData("-*.log", "a.txt", PathVerdict.Copied)]
    [InlineData("+keep.log -*.log", "keep.log", PathVerdict.Copied)]
    [InlineData("-*.log +keep.log", "keep.log", PathVerdict.LeftOut)]
    [InlineData("+*.c", "a.c", PathVerdict.Copied)]
    [InlineData("+*.c", "a.h", PathVerdict.LeftOut)]
    [InlineData("+*.c -*", "a.h", PathVerdict.LeftOut)]
    [InlineData("+*.c", "folder/", PathVerdict.Entered)]
    [InlineData("+*.c -old/", "old/", PathVerdict.LeftOut)]
    [InlineData("+*.c -old/", "new/", PathVerdict.Copied)]
    internal void The_first_rule_that_matches_decides(string rules, string path, PathVerdict verdict)
    {
        var filter = new PathFilter();
        foreach (string rule in rules.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            filter.Add(PathPattern.Parse(rule[1..]), takesIn: rule[0] == '+');
        }

        Assert.Equal(verdict, filter.Judge(path.TrimEnd('/'), path.EndsWith('/')));
    }
}
