using System.Reflection;
using System.Reflection.Emit;

namespace Aldis.Cli.Tests.Architecture;

/// <summary>
/// Which folders of a room use which, read from the compiled code: signatures, fields, base types, attributes aside, and every token of
/// every method. Folders are namespaces here (the build's analyzers hold the two together).
/// </summary>
internal static class FolderGraph
{
    private static readonly Dictionary<short, OpCode> Codes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(static field => (OpCode)field.GetValue(null)!).ToDictionary(static code => code.Value);

    private const BindingFlags Everything =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>The pairs of folders beside each other that reach each other, each with one use in both directions.</summary>
    /// <param name="types">The types of a room.</param>
    /// <param name="root">The namespace of the room.</param>
    public static IReadOnlyList<string> Circles(IEnumerable<Type> types, string root)
    {
        var uses = new Dictionary<(string From, string To), string>();
        foreach (Type type in types)
        {
            foreach (Type used in UsedBy(type))
            {
                Note(uses, root, type, used);
            }
        }

        // What can be reached by any way at all: a circle may go through a third folder.
        var reach = uses.Keys.ToHashSet();
        string[] folders = [.. reach.SelectMany(static pair => new[] { pair.From, pair.To }).Distinct()];
        foreach (string through in folders)
        {
            foreach (string from in folders.Where(from => reach.Contains((from, through))))
            {
                reach.UnionWith(folders.Where(to => reach.Contains((through, to))).Select(to => (from, to)));
            }
        }

        return
        [
            .. reach.Where(pair => string.CompareOrdinal(pair.From, pair.To) < 0 && reach.Contains((pair.To, pair.From)))
                .Select(pair => $"{pair.From} <-> {pair.To}: {Example(uses, pair.From, pair.To)}; {Example(uses, pair.To, pair.From)}")
                .Order(StringComparer.Ordinal),
        ];
    }

    private static string Example(Dictionary<(string From, string To), string> uses, string from, string to) =>
        uses.GetValueOrDefault((from, to), $"{from} by way of another");

    /// <summary>Notes a use where the two types part: the folders below the last one they have in common.</summary>
    private static void Note(Dictionary<(string From, string To), string> uses, string root, Type from, Type to)
    {
        string[] fromPath = PathOf(from, root);
        string[] toPath = PathOf(to, root);
        int common = 0;
        while (common < fromPath.Length && common < toPath.Length && fromPath[common] == toPath[common])
        {
            common++;
        }

        // A folder and what lies within it are one matter; so are files of the same folder.
        if (common < fromPath.Length && common < toPath.Length)
        {
            string parent = string.Join('/', fromPath[..common].Append(string.Empty));
            uses.TryAdd((parent + fromPath[common], parent + toPath[common]), $"{from.Name} uses {to.Name}");
        }
    }

    private static string[] PathOf(Type type, string root) =>
        type.Namespace!.Length == root.Length ? [] : type.Namespace[(root.Length + 1)..].Split('.');

    private static IEnumerable<Type> UsedBy(Type type)
    {
        IEnumerable<Type?> named = type.GetInterfaces().Append(type.BaseType)
            .Concat(type.GetFields(Everything).Select(static field => field.FieldType));
        foreach (MethodBase method in type.GetMethods(Everything).Concat<MethodBase>(type.GetConstructors(Everything)))
        {
            named = named.Concat(method.GetParameters().Select(static parameter => parameter.ParameterType))
                .Append((method as MethodInfo)?.ReturnType)
                .Concat(method.GetMethodBody()?.LocalVariables.Select(static local => local.LocalType) ?? [])
                .Concat(InBody(method));
        }

        return named.OfType<Type>().SelectMany(Parts).Where(used => used.Assembly == type.Assembly && used.Namespace is not null).Distinct();
    }

    private static IEnumerable<Type> Parts(Type type)
    {
        if (type.HasElementType)
        {
            return Parts(type.GetElementType()!);
        }

        return type.IsGenericParameter ? [] : type.IsGenericType ? type.GetGenericArguments().SelectMany(Parts).Append(type) : [type];
    }

    private static IEnumerable<Type> InBody(MethodBase method)
    {
        byte[] body = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        Type[] ofType = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : [];
        Type[] ofMethod = method.IsGenericMethod ? method.GetGenericArguments() : [];
        for (int at = 0; at < body.Length;)
        {
            short value = body[at++];
            if (value == 0xFE)
            {
                value = (short)(0xFE00 | body[at++]);
            }

            OpCode code = Codes[value];
            if (code.OperandType is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok)
            {
                MemberInfo? member = method.Module.ResolveMember(BitConverter.ToInt32(body, at), ofType, ofMethod);
                if ((member as Type ?? member?.DeclaringType) is Type used)
                {
                    yield return used;
                }
            }

            at += code.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(body, at)),
                _ => 4,
            };
        }
    }
}
