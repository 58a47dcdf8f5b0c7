using Aldis.Transports.Tls;

namespace Aldis.Transports.Tests.Tls;

public sealed class OpenSslTests
{
    [Theory]
    [InlineData("libssl.so.3", "", true)]
    [InlineData("libssl.so.1.1", "", true)]
    [InlineData("libssl.so.9", "", false)]
    [InlineData("libssl.so.9", "9", true)]
    [InlineData("libssl.so.3", "9", true)]
    public void It_is_found_by_the_names_that_the_runtime_looks_for(string installed, string version, bool isFound) =>
        Assert.Equal(isFound, OpenSsl.IsInstalled(name => name == installed, version));

    [Fact]
    public void Where_it_is_missing_the_sentence_names_the_package() => Assert.Equal(
        "TLS needs OpenSSL (libssl.so.3), which is not installed: install the package libssl3, or whatever brings it here",
        OpenSsl.Refusal("TLS"));

    [Fact]
    public void Where_it_is_nobody_is_refused() => Assert.Null(OpenSsl.WhyNot("TLS"));
}
