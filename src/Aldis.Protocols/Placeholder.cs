namespace Aldis.Protocols;

internal static class Placeholder;
